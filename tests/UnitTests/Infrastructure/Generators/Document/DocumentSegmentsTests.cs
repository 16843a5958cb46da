using FsCheck;
using FsCheck.Fluent;
using SseStreaming.Infrastructure.Generators.Document;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Infrastructure.Generators.Document;

internal sealed class DocumentSegmentsTests
{
    private const int Target = 64;

    /// <summary>Long enough for many segments, and sometimes longer than the buffer.</summary>
    private static readonly Gen<string> Documents =
        from pieces in Gen.ArrayOf(Texts.Piece, 150)
        from repeat in Gen.Elements(1, 1, 1, 40)
        select string.Concat(Enumerable.Repeat(string.Concat(pieces), repeat));

    [Test]
    public void Segments_OfAnyDocument_ConcatenateToTheDocument() => Always.Holds(Documents, text =>
        Assert.That(string.Concat(SegmentsOf(text)), Is.EqualTo(text)));

    [Test]
    public void Segments_OfAnyDocument_EndBetweenGraphemes() => Always.Holds(Documents, text =>
    {
        var boundaries = Texts.Boundaries(text);
        var at = 0;
        foreach (var segment in SegmentsOf(text))
            Assert.That(boundaries.Contains(at += segment.Length), Is.True, segment);
    });

    [Test]
    public void Segments_OfAnyDocument_AreNeitherEmptyNorLong() => Always.Holds(Documents, text =>
    {
        foreach (var segment in SegmentsOf(text))
            Assert.That(segment.Length <= Target || new System.Globalization.StringInfo(segment).LengthInTextElements == 1, Is.True);
        Assert.That(SegmentsOf(text), Has.None.Empty);
    });

    [Test]
    public void Segments_DoNotDependOnTheSizeOfReads() => Always.Holds(Documents, text =>
        Assert.That(SegmentsOf(new SingleCharacterReader(text)), Is.EqualTo(SegmentsOf(text))), tests: 50);

    [Test]
    public void Segments_OfProse_EndAfterWhiteSpace()
    {
        var prose = string.Concat(Enumerable.Repeat("It was the best of times, it was the worst of times.\r\n", 100));

        Assert.That(SegmentsOf(prose).SkipLast(1).Select(segment => char.IsWhiteSpace(segment[^1])), Is.All.True);
    }

    [Test]
    public void Segments_OfAnEmptyDocument_AreNone() =>
        Assert.That(SegmentsOf(""), Is.Empty);

    [TestCase(65_535)]
    [TestCase(65_536)]
    [TestCase(200_000)]
    public void Segments_OfAnEndlessGrapheme_AreWellFormedAndComplete(int length)
    {
        // A variation selector is a surrogate pair.
        var endless = "a" + string.Concat(Enumerable.Repeat("\U000E0100", length / 2)) + " end";

        var segments = SegmentsOf(endless);

        Assert.That(segments.Select(Texts.WellFormed), Is.EqualTo(segments));
        Assert.That(string.Concat(segments), Is.EqualTo(endless));
    }

    private static List<string> SegmentsOf(string text) => SegmentsOf(new StringReader(text));

    private static List<string> SegmentsOf(TextReader text)
    {
        var segments = new DocumentSegments(text);
        var all = new List<string>();
        while (segments.NextAsync(CancellationToken.None).AsTask().Result is { } segment)
            all.Add(segment);
        return all;
    }

    private sealed class SingleCharacterReader(string text) : StringReader(text)
    {
        public override ValueTask<int> ReadAsync(Memory<char> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..1], cancellationToken);
    }
}
