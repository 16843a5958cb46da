using FsCheck;
using FsCheck.Fluent;
using SseStreaming.Application.Generations;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Generations;

internal sealed class SegmentShaperTests
{
    private static readonly Gen<string[]> Cuttings = Texts.Cuttings.Or(Texts.WildCuttings);

    [Test]
    public void Segments_OfAnyTextCutAnywhere_AreThatTextTogether() => Always.HoldsForLists(Cuttings, pieces =>
        Assert.That(string.Concat(Shaped(pieces)), Is.EqualTo(string.Concat(pieces))), tests: 2_000);

    [Test]
    public void Segments_OfAnyTextCutAnywhere_AreNeverTornApartFromACrlfOrASurrogatePair() => Always.HoldsForLists(Cuttings, pieces =>
    {
        var text = string.Concat(pieces);
        foreach (var cut in CutsOf(Shaped(pieces)))
        {
            Assert.That(text[cut - 1] == '\r' && text[cut] == '\n', Is.False, "a CRLF was cut");
            Assert.That(char.IsSurrogatePair(text[cut - 1], text[cut]), Is.False, "a surrogate pair was cut");
        }
    }, tests: 2_000);

    [Test]
    public void Segments_OfAnyTextCutAnywhere_EndInsideAGraphemeOnlyAfterItsAsciiLetter() => Always.HoldsForLists(Cuttings, pieces =>
    {
        var text = string.Concat(pieces);
        var graphemes = Texts.Boundaries(text);
        var given = CutsOf(pieces);
        foreach (var cut in CutsOf(Shaped(pieces)))
            Assert.That(graphemes.Contains(cut) || (given.Contains(cut) && char.IsAscii(text[cut - 1])), Is.True, $"cut at {cut}");
    }, tests: 2_000);

    [Test]
    public void Shape_OfTextThatEndsInAscii_HoldsNothingBack() => Always.HoldsForLists(Cuttings, pieces =>
    {
        var shaper = new SegmentShaper();
        int given = 0, shown = 0;
        foreach (var piece in pieces)
        {
            given += piece.Length;
            shown += shaper.Shape(piece).Length;
            if (piece.Length > 0 && char.IsAscii(piece[^1]) && piece[^1] != '\r')
                Assert.That(shown, Is.EqualTo(given));
        }
    }, tests: 2_000);

    [TestCase("a\r", "\n", "a", "\r\n")]
    [TestCase("a\r", "b", "a", "\rb")]
    [TestCase("\r", "\r", "", "\r")]
    [TestCase("e", "\u0301", "e", "")]
    [TestCase("caf\u00e9", " au", "caf", "é au")]
    [TestCase("👩\u200d", "👧 ", "", "👩‍👧 ")]
    [TestCase("\u0600", "1\u20E3", "", "")]
    [TestCase("🇩", "🇪🇸", "", "🇩🇪")]
    public void Shape_OfTwoPieces_MovesTheCutBetweenThem(string first, string second, params string[] shown)
    {
        var shaper = new SegmentShaper();

        Assert.That(new[] { shaper.Shape(first), shaper.Shape(second) }, Is.EqualTo(shown));
    }

    [Test]
    public void Shape_OfTextThatEndsInsideASurrogatePair_HoldsAlsoBackWhatThatMayBelongTo()
    {
        var shaper = new SegmentShaper();

        // Only the low surrogate decides whether the character is a skin tone.
        Assert.That(shaper.Shape("Ok 👍\uD83C"), Is.EqualTo("Ok "));
        Assert.That(shaper.Shape("\uDFFD."), Is.EqualTo("👍🏽."));
    }

    [Test]
    public void Flush_ReturnsTheHeldTextOnce()
    {
        var shaper = new SegmentShaper();
        _ = shaper.Shape("a\r");

        Assert.That(shaper.Flush(), Is.EqualTo("\r"));
        Assert.That(shaper.Flush(), Is.Empty);
    }

    [TestCase("\u0301", Description = "one combining mark after another")]
    [TestCase("\u0600", Description = "one prefix after another")]
    [TestCase("\U000E0100", Description = "one variation selector after another")]
    public void Shape_OfAGraphemeWithoutEnd_HoldsOnlyAPageOfItBack(string endless)
    {
        var shaper = new SegmentShaper();
        int given = 0, shown = 0;
        for (var i = 0; i < 10_000; i++)
        {
            var piece = endless[(i % endless.Length)..][..1];
            given += piece.Length;
            shown += shaper.Shape(piece).Length;
            Assert.That(given - shown, Is.LessThanOrEqualTo(2_048));
        }
    }

    [Test]
    public void Shape_OfAGraphemeThatIsTooLong_IsNotCutInsideASurrogatePair()
    {
        var endless = new string('\u0600', 3_000);

        var segments = Shaped([endless + "\uD83D", "\uDE00"]);

        Assert.That(segments.Select(Texts.WellFormed), Is.EqualTo(segments));
        Assert.That(string.Concat(segments), Is.EqualTo(endless + "😀"));
    }

    private static List<string> Shaped(string[] pieces)
    {
        var shaper = new SegmentShaper();
        List<string> segments = [.. pieces.Select(shaper.Shape)];
        segments.Add(shaper.Flush());
        return segments;
    }

    /// <summary>The positions of the cuts between parts.</summary>
    private static HashSet<int> CutsOf(IReadOnlyCollection<string> parts)
    {
        var at = 0;
        var cuts = parts.Select(part => at += part.Length).ToHashSet();
        cuts.Remove(0);
        cuts.Remove(at);
        return cuts;
    }
}
