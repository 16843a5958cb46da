using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using SseStreaming.AspNetCore.Doors.Durable;

namespace SseStreaming.UnitTests.AspNetCore.Doors.Durable;

internal sealed class StreamCursorTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2024, 10, 9, 0, 1, 50, TimeSpan.Zero));

    [TestCase("")]
    [TestCase("x")]
    [TestCase("-7")]
    [TestCase("4")]
    [TestCase("99999999999999999999")]
    public void Cursor_IsTheCurrentInterval(string received) => Assert.That(StreamCursor.GetNext(received, _time), Is.EqualTo("5"));

    [TestCase(5)]
    [TestCase(1_000_000)]
    public void Cursor_IsAboveTheReceivedOne(long received) => Assert.That(
        long.Parse(StreamCursor.GetNext(received.ToString(CultureInfo.InvariantCulture), _time), CultureInfo.InvariantCulture),
        Is.InRange(received + 1, received + 180));
}
