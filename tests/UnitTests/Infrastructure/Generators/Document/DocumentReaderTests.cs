using System.Text;
using FsCheck;
using FsCheck.Fluent;
using SseStreaming.Infrastructure.Generators.Document;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Infrastructure.Generators.Document;

internal sealed class DocumentReaderTests
{
    private const int BlockSize = 16;

    private static readonly Encoding[] Encodings =
        [new UTF8Encoding(false), Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32, new UTF32Encoding(true, true)];

    /// <summary>Bytes around the limits of UTF-8 sequences, of surrogates and of byte order marks.</summary>
    private static readonly Gen<byte[]> AnyBytes = Gen.ArrayOf(Gen.Elements<byte>(
        0x00, 0x41, 0x7F, 0x80, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xC3, 0xD8, 0xDC, 0xDF, 0xE0, 0xE2, 0xED, 0xEF, 0xBB, 0xF0, 0xF4, 0xF5, 0xFE, 0xFF));

    private readonly string _path = Path.GetTempFileName();

    [TearDown]
    public void TearDown() => File.Delete(_path);

    [Test]
    public void Text_OfAnyBytes_IsThatOfAStreamReader()
    {
        var cases =
            from encoding in Gen.Elements(Encodings)
            from text in Texts.Any
            from noise in AnyBytes
            from isNoiseFirst in Gen.Elements(true, false)
            select isNoiseFirst ? (byte[])[.. noise, .. encoding.GetBytes(text)] : [.. encoding.Preamble, .. encoding.GetBytes(text), .. noise];
        Always.Holds(cases, bytes =>
        {
            File.WriteAllBytes(_path, bytes);
            using var expected = new StreamReader(new MemoryStream(bytes));
            using var reader = Open();

            Assert.That(ReadToEnd(reader), Is.EqualTo(expected.ReadToEnd()));
        }, tests: 1_000);
    }

    [Test]
    public void Seek_ToAnyCharacter_ContinuesThere()
    {
        var cases =
            from encoding in Gen.Elements(Encodings)
            from text in Texts.Any
            from noise in AnyBytes
            from part in Gen.Choose(0, 100)
            select (Bytes: (byte[])[.. encoding.Preamble, .. encoding.GetBytes(text), .. noise], part);
        Always.Holds(cases, test =>
        {
            File.WriteAllBytes(_path, test.Bytes);
            using var whole = Open();
            var text = ReadToEnd(whole);
            var cut = text.Length * test.part / 100;
            using var rest = Open();

            var isContinued = whole.TakeCheckpoint(cut) is not { } checkpoint || rest.TrySeekAsync(checkpoint, cut, CancellationToken.None).AsTask().Result;

            Assert.That((isContinued, text.Length == 0 ? "" : ReadToEnd(rest)), Is.EqualTo((true, text[cut..])));
        }, tests: 500);
    }

    [Test]
    public void Seek_InAFileThatHasChanged_ReturnsFalse([Values] bool isLonger)
    {
        File.WriteAllText(_path, new string('x', 100));
        using var reader = Open();
        ReadToEnd(reader);
        var checkpoint = reader.TakeCheckpoint(50)!.Value;
        if (isLonger)
            File.AppendAllText(_path, "y");
        else
            File.SetLastWriteTimeUtc(_path, DateTime.UnixEpoch);
        using var changed = Open();

        Assert.That(changed.TrySeekAsync(checkpoint, 50, CancellationToken.None).AsTask().Result, Is.False);
    }

    [TestCase("1:2:3:4", true)]
    [TestCase("", false)]
    [TestCase("1:2:3", false)]
    [TestCase("1:2:3:4:5", false)]
    [TestCase("1:2:3:-4", false)]
    [TestCase("1:2:3:x", false)]
    public void Checkpoint_IsParsedFromItsText(string text, bool isValid)
    {
        Assert.That(DocumentCheckpoint.TryParse(text, out var checkpoint), Is.EqualTo(isValid));
        if (isValid)
            Assert.That(checkpoint.ToString(), Is.EqualTo(text));
    }

    private DocumentReader Open() => new(new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0), BlockSize);

    private static string ReadToEnd(DocumentReader reader)
    {
        var text = new StringBuilder();
        var buffer = new char[7];
        while (reader.ReadAsync(buffer, CancellationToken.None).AsTask().Result is > 0 and var count)
            text.Append(buffer, 0, count);
        return text.ToString();
    }
}
