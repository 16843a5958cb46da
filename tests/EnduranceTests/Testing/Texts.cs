using System.Text;

namespace SseStreaming.EnduranceTests.Testing;

/// <summary>Documents whose every byte is a good place to break at.</summary>
internal static class Texts
{
    public const string Short = "short.txt";
    public const string Long = "long.txt";

    /// <summary>
    /// Characters of one to four bytes, graphemes of many, white space at both ends of lines, empty lines, and lines that look like
    /// the wire's own. Only line feeds end them: they are what SSE keeps.
    /// </summary>
    private const string Paragraph = """
        Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.
        日本語の文章は、空白がなくても行を分けられる。长文本也一样。
          two spaces before and two after  

        data: this is text, and so is the next line
        id: 1
        : not a comment
        event: failed
        👩‍👩‍👧‍👦 🏳️‍🌈 é é नमस्ते שלום مرحبا 𝔘𝔫𝔦𝔠𝔬𝔡𝔢

        """;

    /// <summary>Writes the documents into a folder for the server to have as its own.</summary>
    public static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, Short), Repeat(1));
        File.WriteAllText(Path.Combine(folder, Long), Repeat(16));
    }

    private static string Repeat(int times)
    {
        var text = new StringBuilder();
        for (var i = 1; i <= times; i++)
            text.Append(i).Append(". ").Append(Paragraph);
        return text.ToString();
    }
}
