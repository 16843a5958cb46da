using System.Text;

namespace SseStreaming.EnduranceTests.Testing;

/// <summary>Documents for tests that break a connection at each byte.</summary>
internal static class Texts
{
    public const string Short = "short.txt";
    public const string Long = "long.txt";

    /// <summary>
    /// Characters of one to four bytes, longer graphemes, white space at both ends of lines, empty lines, and lines that resemble SSE
    /// fields. Lines end with line feeds only, because SSE does not preserve other line ends.
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

    /// <summary>Writes the documents to the document folder of the server.</summary>
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
