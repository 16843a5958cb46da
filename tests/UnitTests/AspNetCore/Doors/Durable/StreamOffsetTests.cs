using FsCheck;
using FsCheck.Fluent;
using SseStreaming.AspNetCore.Doors.Durable;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.AspNetCore.Doors.Durable;

internal sealed class StreamOffsetTests
{
    private const long Max = 9_999_999_999_999_999;

    [Test]
    public void Text_IsParsedBack_AndSortsAsTheOffsets() => Always.Holds(Numbers.Zip(Numbers), item =>
    {
        var (first, second) = (new StreamOffset(5, item.Item1), new StreamOffset(5, item.Item2));

        Assert.That(StreamOffset.TryParse(first.ToString(), out var parsed) ? parsed : default, Is.EqualTo(first));
        Assert.That(Math.Sign(string.CompareOrdinal(first.ToString(), second.ToString())), Is.EqualTo(first.Sequence.CompareTo(second.Sequence)));
    });

    [TestCase("")]
    [TestCase("-1")]
    [TestCase("5")]
    [TestCase("1234567890123456_123456789012345")]
    [TestCase("1234567890123456_12345678901234567")]
    [TestCase("1234567890123456-1234567890123456")]
    [TestCase("1234567890123456_123456789012345 ")]
    [TestCase("1234567890123456_123456789012345\0")]
    [TestCase("+234567890123456_1234567890123456")]
    [TestCase("١234567890123456_1234567890123456")]
    public void OtherText_IsNoOffset(string text) => Assert.That(StreamOffset.TryParse(text, out _), Is.False);

    private static Gen<long> Numbers => Gen.Choose(0, int.MaxValue).Zip(Gen.Choose(0, 22)).Select(pair => Math.Min(Max, (long)pair.Item1 << pair.Item2));
}
