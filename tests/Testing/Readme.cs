using System.Text.RegularExpressions;

namespace SseStreaming.Testing;

/// <summary>The code samples of the README.</summary>
public static partial class Readme
{
    /// <summary>The address that the samples use.</summary>
    public const string Authority = "localhost:5081";

    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "README.md")).ReplaceLineEndings("\n");

    /// <summary>The samples of one language below a heading, in order; an empty language selects blocks without a language.</summary>
    public static IReadOnlyList<string> Samples(string heading, string language)
    {
        var start = Text.IndexOf($"\n## {heading}\n", StringComparison.Ordinal);
        var end = Text.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        return [.. Block().Matches(Text[start..end]).Where(block => block.Groups["language"].Value == language).Select(block => block.Groups["code"].Value)];
    }

    [GeneratedRegex(@"^```(?<language>\w*)\n(?<code>.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
