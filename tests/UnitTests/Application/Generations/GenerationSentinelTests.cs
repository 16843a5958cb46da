using System.Net.ServerSentEvents;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using SseStreaming.Application;
using SseStreaming.Domain;
using SseStreaming.Testing;
using SseStreaming.UnitTests.Application.Events;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Generations;

/// <summary>A text may contain the sentinel <c>[END]</c>, and a simple client reads all of it.</summary>
internal sealed class GenerationSentinelTests
{
    private static readonly char[] WhiteSpace = EndSentinelTests.JavaScriptWhiteSpace.ToCharArray();

    private static readonly Gen<string> Piece = Gen.Frequency(
        (6, Gen.Elements("[END]", " [END]", "[END]\n", "\n[END]", "\r[END]", "[END]\r", "\uFEFF[END]", "[END]\u00A0", "[END] [END]")),
        (3, Gen.Elements("[", "END", "]", "[EN", "D]", "[END", "END]", "[e", "[END].")),
        (3, Gen.Elements(WhiteSpace).Select(c => c.ToString())),
        (2, Texts.Piece));

    private static readonly Gen<string[]> Pieces = Gen.ArrayOf(Piece);

    [Test]
    public void Passage_OfAnyTextWithTheSentinel_IsReadCompletelyByASimpleClient() => Always.HoldsForLists(Pieces, pieces =>
    {
        var messages = GenerateAsync(pieces).Soon().GetAwaiter().GetResult();
        var passage = Texts.OnTheWire(string.Concat(pieces));

        Assert.That(ReadUntil(messages, data => data == "[END]"), Is.EqualTo(passage));
        Assert.That(ReadUntil(messages, data => data.Trim(WhiteSpace) == "[END]"), Is.EqualTo(passage));
    });

    [Test]
    public async Task Segment_ThatIsTheSentinel_IsCutInTwo()
    {
        var fixture = new GenerationFixture();

        var end = await fixture.EndOf(await fixture.StartAsync(Generators.Texts("The last word is ", "[END]", " [END]\n")));

        Assert.That(end.Segments, Is.EqualTo(new[] { "The last word is ", "[", "END]", " [", "END]\n" }));
        Assert.That(end.Ending, Is.EqualTo(EventKind.Completed));
    }

    [Test]
    public async Task Segment_OfWhichOnlyTheFirstHalfFits_StopsTheGenerationAtTheLimit()
    {
        var fixture = new GenerationFixture(new SseStreaming.Application.StreamsOptions { MaxEventsPerStream = 3 });

        var end = await fixture.EndOf(await fixture.StartAsync(Generators.Texts("[END]")));

        Assert.That((end.Text, end.Ending, end.Reason), Is.EqualTo(("[", EventKind.Stopped, "limit")));
    }

    /// <summary>The text that a client appends until it takes a message for the sentinel.</summary>
    private static string ReadUntil(IEnumerable<SseItem<string>> messages, Predicate<string> isSentinel) =>
        string.Concat(messages.Select(message => message.Data).TakeWhile(data => !isSentinel(data)));

    /// <summary>The messages of a stream whose generator yields some pieces.</summary>
    private static async Task<List<SseItem<string>>> GenerateAsync(string[] pieces)
    {
        var fixture = new GenerationFixture();
        var streamId = await fixture.StartAsync(Generators.Texts(pieces));
        await fixture.EndOf(streamId);
        var frames = new MemoryStream();
        for (var after = 0L; await fixture.Store.ReadAsync(streamId, after, CancellationToken.None) is { IsEmpty: false } batch; after = batch.Last)
        {
            frames.Write(batch.GetFrames().Span);
            if (batch.EndsStream)
                break;
        }
        return [.. Sse.Parse(frames.ToArray()).Where(item => item.EventType == "message")];
    }
}
