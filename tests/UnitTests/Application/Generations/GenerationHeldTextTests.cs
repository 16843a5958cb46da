using System.Threading.Channels;
using SseStreaming.Application.Generations;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Generations;

/// <summary>Text that was held back because it may be incomplete is shown when the generator is silent.</summary>
internal sealed class GenerationHeldTextTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly GenerationFixture _fixture = new();
    private readonly Channel<GeneratedText> _texts = Channel.CreateUnbounded<GeneratedText>();
    private StreamId _streamId;

    [SetUp]
    public async Task StartAsync() => _streamId = await _fixture.StartAsync(_texts.Reader.ReadAllAsync);

    [TestCase("你好。", "你好", "。")]
    [TestCase("Done ✅", "Done ", "✅")]
    [TestCase("👩‍👩‍👧", "", "👩‍👩‍👧")]
    public async Task HeldGrapheme_AfterASilence_IsShown(string piece, string atOnce, string later)
    {
        await WriteAsync(piece);
        await _fixture.ShownAsync(_streamId, atOnce);
        await _fixture.Time.TimersAsync(1);

        _fixture.Time.Advance(Delay - Moment);
        Assert.That(await SegmentsAsync(), Is.EqualTo(atOnce.Length == 0 ? [] : new[] { atOnce }), "the silence was too short");
        _fixture.Time.Advance(Moment);

        await _fixture.ShownAsync(_streamId, atOnce + later);
        await EndAsync();
        Assert.That((await SegmentsAsync()).Where(segment => segment == later), Is.Not.Empty);
    }

    [Test]
    public async Task HeldGrapheme_ThatWasShown_IsNotJoinedByWhatArrivesLater()
    {
        await WriteAsync("👍");
        await PassUntilShownAsync("👍");

        await WriteAsync("🏽 ok");

        Assert.That((await EndAsync()).Segments, Is.EqualTo(new[] { "👍", "🏽 ok" }));
    }

    [Test]
    public async Task HeldGrapheme_ThatIsCompletedInTime_IsOneSegment()
    {
        await WriteAsync("👩\u200d");
        await _fixture.Time.TimersAsync(1);
        _fixture.Time.Advance(Delay - Moment);

        await WriteAsync("👧 ");

        await _fixture.ShownAsync(_streamId, "👩‍👧 ");
        Assert.That((await EndAsync()).Segments, Is.EqualTo(new[] { "👩‍👧 " }));
    }

    [Test]
    public async Task HeldGrapheme_AfterEachOfSeveralSilences_IsShown()
    {
        foreach (var (piece, passage) in new[] { ("一", "一"), ("二", "一二"), ("三", "一二三") })
        {
            await WriteAsync(piece);
            await PassUntilShownAsync(passage);
        }

        Assert.That((await EndAsync()).Segments, Is.EqualTo(new[] { "一", "二", "三" }));
    }

    [Test]
    public async Task HeldCarriageReturn_StaysHeld_UntilTheNextPiece()
    {
        await WriteAsync("a\r");
        await _fixture.ShownAsync(_streamId, "a");
        _fixture.Time.Advance(Delay * 100);

        await WriteAsync("\nb");

        Assert.That((await EndAsync()).Segments, Is.EqualTo(new[] { "a", "\r\nb" }));
    }

    [Test]
    public async Task HeldHalfOfASurrogatePair_StaysHeld_UntilItsOtherHalf()
    {
        await WriteAsync("Ok 👍\uD83C");
        await PassUntilShownAsync("Ok 👍");
        _fixture.Time.Advance(Delay * 100);

        await WriteAsync("\uDFFD.");

        Assert.That((await EndAsync()).Segments, Is.EqualTo(new[] { "Ok ", "👍", "🏽." }));
    }

    [Test]
    public async Task Generation_ThatIsStoppedDuringASilence_Ends()
    {
        await WriteAsync("你好。");
        await PassUntilShownAsync("你好。");

        _fixture.Runner.Find(_streamId)!.Stop(StopReason.Requested);

        var end = await _fixture.EndOf(_streamId);
        Assert.That((end.Text, end.Ending, end.Reason), Is.EqualTo(("你好。", EventKind.Stopped, "requested")));
    }

    [Test]
    public async Task TextThatEndsInAscii_SetsNoTimer()
    {
        foreach (var word in new[] { "Lorem", " ipsum", " dolor" })
        {
            await WriteAsync(word);
            await _fixture.ShownAsync(_streamId, word);
        }

        Assert.That(_fixture.Time.Timers, Is.Zero);
    }

    private async Task WriteAsync(string piece) => await _texts.Writer.WriteAsync(piece);

    private Task PassUntilShownAsync(string passage)
    {
        var shown = _fixture.ShownAsync(_streamId, passage);
        return Waiting.Until(
            () =>
            {
                _fixture.Time.Advance(Delay);
                return shown.IsCompletedSuccessfully;
            },
            "the held text was shown");
    }

    private async Task<Passage> EndAsync()
    {
        _texts.Writer.Complete();
        return await _fixture.EndOf(_streamId);
    }

    private async Task<IEnumerable<string>> SegmentsAsync() => (await _fixture.ReadStoredAsync(_streamId)).Segments;
}
