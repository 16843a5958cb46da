using SseStreaming.Domain;

namespace SseStreaming.UnitTests.Domain;

internal sealed class EventIdTests
{
    [Test]
    public void TryParse_OfItsOwnText_GivesTheSameId()
    {
        var id = new EventId(StreamId.New(), 42);

        Assert.That(EventId.TryParse(id.ToString(), out var parsed), Is.True);
        Assert.That(parsed, Is.EqualTo(id));
    }
}
