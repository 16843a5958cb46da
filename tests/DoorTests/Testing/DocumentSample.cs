using System.Text.RegularExpressions;

namespace SseStreaming.DoorTests.Testing;

/// <summary>The programs in the documentation.</summary>
internal static partial class DocumentSample
{
    /// <summary>The only program of a page in one language.</summary>
    public static string Read(string page, string language)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "docs", page)).ReplaceLineEndings("\n");
        return Block().Matches(text).Single(block => block.Groups["language"].Value == language).Groups["code"].Value;
    }

    [GeneratedRegex(@"^```(?<language>\w+)\n(?<code>.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
