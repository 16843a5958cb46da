using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Domain;

internal sealed class EventIdTests
{
    private const string Stream = "AAAAAAAAAAAAAAAAAAAAAA";

    private static readonly Gen<long> Sequences = Gen.Elements(1L, 9, 10, 42, 1_000_000, long.MaxValue - 1, long.MaxValue)
        .Or(Gen.Choose(1, int.MaxValue).Select(sequence => (long)sequence));

    [Test]
    public void TryParse_OfItsOwnText_ReturnsTheSameId() => Always.Holds(Sequences, sequence =>
    {
        var id = new EventId(StreamId.New(), sequence);

        Assert.That(EventId.TryParse(id.ToString(), out var parsed), Is.True);
        Assert.That(parsed, Is.EqualTo(id));
    });

    [Test]
    public void TryParse_OfAnyMutatedText_FailsOrReturnsAnIdWithThatText() =>
        Always.Holds(Mutations.From(Sequences.Select(sequence => new EventId(StreamId.New(), sequence).ToString())), text =>
        {
            if (EventId.TryParse(text, out var id))
                Assert.That(id.ToString(), Is.EqualTo(text));
        }, tests: 5_000);

    [TestCase("")]
    [TestCase(".")]
    [TestCase(Stream)]
    [TestCase(Stream + ".")]
    [TestCase(Stream + ".0")]
    [TestCase(Stream + ".01")]
    [TestCase(Stream + ".-1")]
    [TestCase(Stream + ".+1")]
    [TestCase(Stream + ".1 ")]
    [TestCase(Stream + ". 1")]
    [TestCase(Stream + ".1\0", Description = "number parsers skip NULs at the end")]
    [TestCase(Stream + ".1.0")]
    [TestCase(Stream + ".1e3")]
    [TestCase(Stream + ".٣", Description = "a digit, but not ASCII")]
    [TestCase(Stream + ".9223372036854775808", Description = "greater than any sequence")]
    [TestCase(Stream + ".99999999999999999999999999999999")]
    [TestCase(Stream + ",1")]
    [TestCase(" " + Stream + ".1")]
    [TestCase("AAAAAAAAAAAAAAAAAAAAAB.1", Description = "not the one text of that stream id")]
    public void TryParse_OfAnythingElse_Fails(string text) =>
        Assert.That(EventId.TryParse(text, out _), Is.False);

    [Test]
    public void ToString_DoesNotDependOnTheCulture()
    {
        var culture = CultureInfo.CurrentCulture;
        var strange = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        strange.NumberFormat.NegativeSign = "~";
        strange.NumberFormat.NumberGroupSeparator = "'";
        try
        {
            CultureInfo.CurrentCulture = strange;

            Assert.That(new EventId(default, 1234567).ToString(), Is.EqualTo(Stream + ".1234567"));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(long.MinValue)]
    public void New_OfASequenceBelowOne_Throws(long sequence) =>
        Assert.That(() => new EventId(StreamId.New(), sequence), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
