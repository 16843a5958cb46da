using SseStreaming.Application.Contracts;
using SseStreaming.Application.Writing;

namespace SseStreaming.UnitTests.Application.Writing;

internal sealed class ProducerStateTests
{
    [TestCase("a", 0, 0, AppendOutcome.Repeated)]
    [TestCase("a", 3, 4, AppendOutcome.Repeated)]
    [TestCase("a", 3, 5, AppendOutcome.Repeated)]
    [TestCase("a", 3, 6, AppendOutcome.Appended)]
    [TestCase("a", 3, 7, AppendOutcome.Gap)]
    [TestCase("a", 2, 6, AppendOutcome.Fenced)]
    [TestCase("a", 4, 0, AppendOutcome.Appended)]
    [TestCase("a", 4, 1, AppendOutcome.BadStart)]
    [TestCase("b", 9, 0, AppendOutcome.Appended)]
    [TestCase("b", 0, 1, AppendOutcome.Gap)]
    [TestCase("A", 3, 6, AppendOutcome.Gap)]
    public void Judge_DecidesByEpochAndSequence(string id, long epoch, long sequence, AppendOutcome expected)
    {
        // The row of epoch 0 asks a state whose epoch is 0.
        var state = new ProducerState();
        state.Record(new ProducerPosition("a", epoch == 0 && id == "a" ? 0 : 3, 5), null, 7);

        Assert.That(state.Judge(new ProducerPosition(id, epoch, sequence), null, isClosed: false), Is.EqualTo(expected));
    }

    [Test]
    public void Judge_AfterTheEnd_KnowsRepeats_AndRefusesTheRest()
    {
        var state = new ProducerState();
        state.Record(new ProducerPosition("a", 0, 0), "5", 7);

        Assert.That(state.Judge(new ProducerPosition("a", 0, 0), null, isClosed: true), Is.EqualTo(AppendOutcome.Repeated));
        Assert.That(state.Judge(new ProducerPosition("a", 0, 1), null, isClosed: true), Is.EqualTo(AppendOutcome.Closed));
        Assert.That(state.Judge(null, "9", isClosed: true), Is.EqualTo(AppendOutcome.Closed));
    }

    [TestCase("09", "10", AppendOutcome.Appended)]
    [TestCase("2", "10", AppendOutcome.OutOfOrder)]
    [TestCase("2", "2", AppendOutcome.OutOfOrder)]
    [TestCase("a", "B", AppendOutcome.OutOfOrder)]
    // By bytes of UTF-8: U+FF5E comes before U+1F600, whose surrogates are smaller.
    [TestCase("\uFF5E", "\U0001F600", AppendOutcome.Appended)]
    public void Judge_ComparesOrdersByBytes(string last, string order, AppendOutcome expected)
    {
        var state = new ProducerState();
        state.Record(null, last, 7);
        Assert.That(state.Judge(null, order, isClosed: false), Is.EqualTo(expected));
    }

    [Test]
    public void Judge_OfARepeat_IgnoresTheOrder()
    {
        var state = new ProducerState();
        state.Record(new ProducerPosition("a", 0, 0), "5", 7);
        Assert.That(state.Judge(new ProducerPosition("a", 0, 0), "5", isClosed: false), Is.EqualTo(AppendOutcome.Repeated));
        Assert.That(state.Judge(new ProducerPosition("a", 0, 1), "5", isClosed: false), Is.EqualTo(AppendOutcome.OutOfOrder));
    }

    [Test]
    public void Encode_AndDecode_KeepEverything()
    {
        var state = new ProducerState();
        state.Record(new ProducerPosition("ä\"\u2028", 5, 6), "\U0001F600", 7);
        state.Record(new ProducerPosition("b", long.MaxValue, long.MaxValue), null, 8);

        var decoded = ProducerState.Decode(state.Encode());

        Assert.That(decoded.Find("ä\"\u2028"), Is.EqualTo(new ProducerPosition("ä\"\u2028", 5, 6)));
        Assert.That(decoded.Find("b"), Is.EqualTo(new ProducerPosition("b", long.MaxValue, long.MaxValue)));
        Assert.That(decoded.Judge(null, "\U0001F600", isClosed: false), Is.EqualTo(AppendOutcome.OutOfOrder));
        Assert.That(ProducerState.Decode(null).IsEmpty, Is.True);
    }

    [Test]
    public void Decode_OfALaterVersion_Throws() =>
        Assert.That(() => ProducerState.Decode("""{"version":2,"producers":{}}"""u8.ToArray()), Throws.InstanceOf<NotSupportedException>());

    [Test]
    public void Record_BeyondTheLimit_ForgetsTheProducerThatWasUnusedForTheLongestTime()
    {
        var state = new ProducerState();
        for (var i = 0; i < ProducerState.MaxProducers; i++)
            state.Record(new ProducerPosition($"p{i}", 0, 0), null, i);
        state.Record(new ProducerPosition("p0", 0, 1), null, ProducerState.MaxProducers);

        state.Record(new ProducerPosition("new", 0, 0), null, ProducerState.MaxProducers + 1);

        Assert.That(state.Find("p0"), Is.Not.Null);
        Assert.That(state.Find("p1"), Is.Null);
        Assert.That(state.Find("p2"), Is.Not.Null);
        Assert.That(state.Find("new"), Is.Not.Null);
    }

    [Test]
    public void Clone_DoesNotChangeWithTheOriginal()
    {
        var state = new ProducerState();
        var clone = state.Clone();
        state.Record(new ProducerPosition("a", 0, 0), "5", 7);
        Assert.That(clone.IsEmpty, Is.True);
    }
}
