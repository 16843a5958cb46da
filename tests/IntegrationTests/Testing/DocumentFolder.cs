using System.Text;

namespace SseStreaming.IntegrationTests.Testing;

/// <summary>A temporary folder of documents, which is deleted on disposal.</summary>
internal sealed class DocumentFolder : IDisposable
{
    /// <summary>Scripts, combining marks, joiners, surrogate pairs and white space that a wrong segment boundary would split.</summary>
    private static readonly string[] Words =
    [
        "word", "naïve", "e\u0301te\u0301", "Größe", "Ελλάδα", "слово", "שָׁלוֹם", "السلام", "नमस्ते", "สวัสดี", "한국어", "\u1112\u1161\u11ab", "日本語", "中文字",
        "🧵", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇨🇭🇯🇵", "👍🏽", "ﷺ", "a\u200Db", "\u00A0", "data:", ": x", "id: 1", "[END]", "\t", "\u2028", "\u0085", new string('x', 200),
    ];

    public DocumentFolder() => Path = Directory.CreateTempSubdirectory("documents-").FullName;

    public string Path { get; }

    /// <summary>Writes a text without CR, which SSE does not distinguish from LF, and returns its bytes.</summary>
    public byte[] Write(string name, int megabytes, Random random)
    {
        var text = new StringBuilder();
        var bytes = 0;
        while (bytes < megabytes * 1024 * 1024)
        {
            var word = Words[random.Next(Words.Length)] + (random.Next(12) switch { 0 => "\n", 1 => "\n\n", 2 => "", 3 => "  ", _ => " " });
            text.Append(word);
            bytes += Encoding.UTF8.GetByteCount(word);
        }
        var content = Encoding.UTF8.GetBytes(text.ToString());
        File.WriteAllBytes(System.IO.Path.Combine(Path, name), content);
        return content;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
