using SseStreaming.AspNetCore.Doors.Durable;
using SseStreaming.Domain;

namespace SseStreaming.UnitTests.AspNetCore.Doors.Durable;

internal sealed class StreamPathTests
{
    [TestCase("a")]
    [TestCase("A-b_c.d/9/...")]
    [TestCase("__dsx/a")]
    public void Path_IsAName(string path) => Assert.That(StreamPath.Parse(path), Is.EqualTo(new StreamPath(null, path)));

    [Test]
    public void Path_IsAnId()
    {
        var id = StreamId.New();

        Assert.That(StreamPath.Parse(id.ToString())?.StreamId, Is.EqualTo(id));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("/")]
    [TestCase("a/")]
    [TestCase("/a")]
    [TestCase("a//b")]
    [TestCase(".")]
    [TestCase("a/../b")]
    [TestCase("a b")]
    [TestCase("a\n")]
    [TestCase("é")]
    [TestCase("a%2Fb")]
    [TestCase("__ds")]
    [TestCase("__ds/a")]
    public void Path_IsNone(string? path) => Assert.That(StreamPath.Parse(path), Is.Null);

    [Test]
    public void Path_HasALimit() => Assert.That((StreamPath.Parse(new string('a', 512)), StreamPath.Parse(new string('a', 513))), Is.EqualTo((new StreamPath(null, new string('a', 512)), (StreamPath?)null)));
}
