using FsCheck.Fluent;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Domain;

internal sealed class StreamIdTests
{
    [Test]
    public void New_ManyTimes_NeverReturnsTheSameId()
    {
        var ids = Enumerable.Range(0, 10_000).Select(_ => StreamId.New());

        Assert.That(ids.Distinct().Count(), Is.EqualTo(10_000));
    }

    [Test]
    public void ToString_NeedsNoEscapingInUrlHeaderOrFrame()
    {
        var text = StreamId.New().ToString();

        Assert.That(text, Has.Length.EqualTo(StreamId.TextLength));
        Assert.That(Uri.EscapeDataString(text), Is.EqualTo(text));
    }

    [Test]
    public void ToString_IsTheBase64UrlOfTheBytes()
    {
        byte[] bytes = [0xfb, 0xff, 0xbf, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

        Assert.That(StreamId.FromBytes(bytes).ToString(), Is.EqualTo("-_-_AAECAwQFBgcICQoLDA"));
    }

    [Test]
    public void TryParse_OfItsOwnText_ReturnsTheSameId()
    {
        var id = StreamId.New();

        Assert.That(StreamId.TryParse(id.ToString(), out var parsed), Is.True);
        Assert.That(parsed, Is.EqualTo(id));
    }

    [Test]
    public void TryParse_OfAnyMutatedText_FailsOrReturnsAnIdWithThatText() =>
        Always.Holds(Mutations.From(Gen.Fresh(() => StreamId.New().ToString())), text =>
        {
            if (StreamId.TryParse(text, out var id))
                Assert.That(id.ToString(), Is.EqualTo(text));
        }, tests: 5_000);

    [TestCase("")]
    [TestCase("AAAAAAAAAAAAAAAAAAAAA", Description = "too short")]
    [TestCase("AAAAAAAAAAAAAAAAAAAAAAA", Description = "too long")]
    [TestCase("AAAAAAAAAAAAAAAAAAAAAB", Description = "bits that no byte uses")]
    [TestCase("AAAAAAAAAAAAAAAAAAAAA=", Description = "padding")]
    [TestCase("AAAAAAAAAAAAAAAAAAAA A", Description = "white space, which base64 decoders skip")]
    [TestCase("+AAAAAAAAAAAAAAAAAAAAA", Description = "base64, not base64url")]
    [TestCase("/AAAAAAAAAAAAAAAAAAAAA", Description = "base64, not base64url")]
    [TestCase("ÄAAAAAAAAAAAAAAAAAAAAA")]
    public void TryParse_OfAnythingElse_Fails(string text) =>
        Assert.That(StreamId.TryParse(text, out _), Is.False);

    [Test]
    public void Format_WritesTheSameAsToString()
    {
        var id = StreamId.New();
        var bytes = new byte[StreamId.TextLength];

        id.Format(bytes);

        Assert.That(System.Text.Encoding.ASCII.GetString(bytes), Is.EqualTo(id.ToString()));
    }

    [Test]
    public void FromBytes_OfItsOwnBytes_ReturnsTheSameId()
    {
        var id = StreamId.New();
        var bytes = new byte[16];

        id.CopyTo(bytes);

        Assert.That(StreamId.FromBytes(bytes), Is.EqualTo(id));
    }
}
