using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ExternalStreamServiceTests : IDisposable
{
    private static readonly Caller Alice = new("alice", "alice");

    private static readonly Caller Bob = new("bob", "bob");

    private readonly ServiceFixture _fixture = new(store: null, Generators.Create(Generators.Texts()));

    private ExternalStreamService Service => _fixture.ExternalService;

    public void Dispose() => _fixture.Dispose();

    [Test]
    public async Task Create_WithAName_FindsTheStreamAgain()
    {
        var created = await CreateAsync(Alice, new ExternalStart { Name = "a/b.c", Texts = ["first"] });
        var again = await CreateAsync(Alice, new ExternalStart { Name = "a/b.c", Texts = ["other"] });
        var found = (await Service.FindAsync(Alice, "a/b.c", CancellationToken.None)).Value!;

        Assert.That((created.Existed, again.Existed, found.Existed), Is.EqualTo((false, true, true)));
        Assert.That((again.State.Id, found.State.Id), Is.EqualTo((created.State.Id, created.State.Id)));
        Assert.That((found.State.Source, found.State.Segments, found.State.Status), Is.EqualTo(("external", 1, StreamStatus.Running)));
    }

    [Test]
    public async Task Create_WithAName_OfAnotherSubject_IsAnotherStream()
    {
        var first = await CreateAsync(Alice, new ExternalStart { Name = "n" });
        var second = await CreateAsync(Bob, new ExternalStart { Name = "n" });
        Assert.That(second.State.Id, Is.Not.EqualTo(first.State.Id));
        Assert.That((await Service.FindAsync(ServiceFixture.Caller, "n", CancellationToken.None)).Refusal!.Reason, Is.EqualTo(RefusalReason.UnknownStream));
    }

    [Test]
    public async Task Create_WithAName_ThatIsAlsoAnIdempotencyKey_IsAnotherStream()
    {
        var named = await CreateAsync(Alice, new ExternalStart { Name = "n" });
        var keyed = await CreateAsync(Alice, new ExternalStart { IdempotencyKey = "n" });
        Assert.That(keyed.State.Id, Is.Not.EqualTo(named.State.Id));
    }

    [Test]
    public async Task Create_ManyTimesAtOnce_IsOneStream()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Task.Run(() => CreateAsync(Alice, new ExternalStart { Name = "n", Texts = ["once"] })))).Soon();
        Assert.That(all.Select(stream => stream.State.Id).Distinct().Count(), Is.EqualTo(1));
        Assert.That(all.Count(stream => !stream.Existed), Is.EqualTo(1));
        Assert.That((await _fixture.Service.GetStateAsync(Alice, all[0].State.Id, CancellationToken.None)).Value!.Segments, Is.EqualTo(1));
    }

    [Test]
    public async Task Create_WithAnotherConfiguration_IsRefused()
    {
        await CreateAsync(Alice, new ExternalStart { Name = "n", Properties = "{}" });
        foreach (var other in new ExternalStart[]
        {
            new() { Name = "n" },
            new() { Name = "n", Properties = "{}", TimeToLive = TimeSpan.FromHours(1) },
            new() { Name = "n", Properties = "{}", Expires = _fixture.Time.GetUtcNow().AddHours(1) },
            new() { Name = "n", Properties = "{}", Thread = "t" },
        })
            Assert.That((await Service.CreateAsync(Alice, other, CancellationToken.None)).Refusal!.Reason, Is.EqualTo(RefusalReason.KeyReused));
    }

    [Test]
    public async Task Create_ThatEnds_IsClosedFromTheBeginning()
    {
        var stream = await CreateAsync(Alice, new ExternalStart { Texts = ["all of it"], Ends = true });
        Assert.That((stream.State.Status, stream.State.Segments, stream.State.LastEventId.Sequence), Is.EqualTo((StreamStatus.Completed, 1, 3)));
        Assert.That((await AppendAsync(Alice, stream.State.Id)).Value!.Outcome, Is.EqualTo(AppendOutcome.Closed));
    }

    [Test]
    public async Task Forget_FreesTheName()
    {
        var first = await CreateAsync(Alice, new ExternalStart { Name = "n" });
        await _fixture.Service.ForgetAsync(Alice, first.State.Id, CancellationToken.None);
        var second = await CreateAsync(Alice, new ExternalStart { Name = "n", Thread = "t" });
        Assert.That((second.Existed, second.State.Id == first.State.Id), Is.EqualTo((false, false)));
    }

    [Test]
    public async Task TimeToLive_MovesWithAppendsAndReads_AndIsNotRenewedByALookUp()
    {
        var minute = TimeSpan.FromMinutes(1);
        var stream = await CreateAsync(Alice, new ExternalStart { Name = "n", TimeToLive = minute });
        Assert.That((stream.State.TimeToLive, stream.State.Expires), Is.EqualTo((minute, _fixture.Time.GetUtcNow() + minute)));

        _fixture.Time.Advance(minute * 0.75);
        await AppendAsync(Alice, stream.State.Id);
        _fixture.Time.Advance(minute * 0.75);
        await Service.RenewAsync(Alice, stream.State.Id, CancellationToken.None);
        _fixture.Time.Advance(minute * 0.75);
        using (var text = (await _fixture.Service.ReadTextAsync(Alice, stream.State.Id, CancellationToken.None)).Value!)
            Assert.That(text, Is.Not.Null);
        _fixture.Time.Advance(minute * 0.75);
        Assert.That((await Service.FindAsync(Alice, "n", CancellationToken.None)).Value, Is.Not.Null);
        _fixture.Time.Advance(minute * 0.5);

        Assert.That((await Service.FindAsync(Alice, "n", CancellationToken.None)).Refusal!.Reason, Is.EqualTo(RefusalReason.UnknownStream));
        Assert.That((await AppendAsync(Alice, stream.State.Id)).Refusal!.Reason, Is.EqualTo(RefusalReason.UnknownStream));
        Assert.That((await _fixture.Service.ViewAsync(Alice, stream.State.Id, 0, CancellationToken.None)).Refusal!.Reason, Is.EqualTo(RefusalReason.UnknownStream));
        Assert.That((await _fixture.Service.ListAsync(Alice, new StreamFilter(null, null, null, 10), CancellationToken.None)).Value!.Streams, Is.Empty);
        var again = await CreateAsync(Alice, new ExternalStart { Name = "n" });
        Assert.That((again.Existed, again.State.Id == stream.State.Id), Is.EqualTo((false, false)));
    }

    [Test]
    public async Task Append_IsForTheOwnerOnly_AndForThisSourceOnly()
    {
        var stream = await CreateAsync(Alice, new ExternalStart());
        var granted = Bob with { GrantedStreamId = stream.State.Id };
        var generation = await _fixture.StartAsync();

        Assert.That((await AppendAsync(Bob, stream.State.Id)).Refusal!.Reason, Is.EqualTo(RefusalReason.UnknownStream));
        Assert.That((await AppendAsync(granted, stream.State.Id)).Refusal!.Reason, Is.EqualTo(RefusalReason.UnknownStream));
        Assert.That((await AppendAsync(ServiceFixture.Caller, generation)).Refusal!.Reason, Is.EqualTo(RefusalReason.Forbidden));
        Assert.That((await AppendAsync(Alice, stream.State.Id)).Value!.Outcome, Is.EqualTo(AppendOutcome.Appended));
    }

    [Test]
    public async Task Create_AndAppend_RefuseWhatIsInvalid()
    {
        foreach (var start in new ExternalStart[]
        {
            new() { Name = "" }, new() { Name = "a b" }, new() { Name = "a\n" }, new() { Name = new string('a', 513) },
            new() { Name = "n", IdempotencyKey = "k" }, new() { Thread = "" }, new() { Properties = new string('x', 17_000) },
            new() { TimeToLive = TimeSpan.FromSeconds(-1) }, new() { TimeToLive = TimeSpan.MaxValue },
            new() { TimeToLive = TimeSpan.FromSeconds(1), Expires = DateTimeOffset.MaxValue },
        })
            Assert.That((await Service.CreateAsync(Alice, start, CancellationToken.None)).Refusal?.Reason, Is.EqualTo(RefusalReason.InvalidInput));

        var stream = await CreateAsync(Alice, new ExternalStart());
        foreach (var append in new ExternalAppend[]
        {
            new(), new() { Texts = [""] }, new() { Texts = ["a"], Producer = new ProducerPosition("", 0, 0) },
            new() { Texts = ["a"], Producer = new ProducerPosition("p", -1, 0) }, new() { Texts = ["a"], Order = "" },
        })
            Assert.That((await Service.AppendAsync(Alice, stream.State.Id, append, CancellationToken.None)).Refusal?.Reason, Is.EqualTo(RefusalReason.InvalidInput));
    }

    [Test]
    public async Task Create_OfTooMuchText_CreatesNothing()
    {
        _fixture.Streams.MaxCharactersPerStream = 3;
        var outcome = await Service.CreateAsync(Alice, new ExternalStart { Name = "n", Texts = ["1234"] }, CancellationToken.None);
        Assert.That(outcome.Refusal!.Reason, Is.EqualTo(RefusalReason.TooLarge));
        Assert.That((await Service.FindAsync(Alice, "n", CancellationToken.None)).Value, Is.Null);
    }

    [Test]
    public async Task Create_InAFullStore_IsRefused()
    {
        _fixture.Streams.MaxStreams = 1;
        await CreateAsync(Alice, new ExternalStart());
        Assert.That((await Service.CreateAsync(Alice, new ExternalStart(), CancellationToken.None)).Refusal!.Reason, Is.EqualTo(RefusalReason.Full));
    }

    [Test]
    public async Task TakeOver_OfAnExternalStream_LeavesItOpen_AndCountsTheIdleTimeAnew()
    {
        var stream = await CreateAsync(Alice, new ExternalStart());
        var head = (await _fixture.Store.FindAsync(stream.State.Id, CancellationToken.None))!;
        _fixture.Cluster.SetupSequence(cluster => cluster.TakeOverAsync(It.IsAny<CancellationToken>()))
            .ReturnsAsync([new(head, Request: null, Checkpoint: null, TakeOvers: 9, IsStopRequested: false)])
            .ReturnsAsync([]);

        await _fixture.TakeOver.RunAsync(CancellationToken.None);

        Assert.That((await _fixture.Service.GetStateAsync(Alice, stream.State.Id, CancellationToken.None)).Value!.Status, Is.EqualTo(StreamStatus.Running));
        _fixture.Cluster.Verify(cluster => cluster.TakeAsync(stream.State.Id, It.IsAny<CancellationToken>()), "the stream is not returned again");
    }

    private async Task<ExternalStream> CreateAsync(Caller caller, ExternalStart start)
    {
        var outcome = await Service.CreateAsync(caller, start, CancellationToken.None);
        Assert.That(outcome.Refusal, Is.Null);
        return outcome.Value!;
    }

    private ValueTask<Outcome<AppendReceipt>> AppendAsync(Caller caller, StreamId streamId) =>
        Service.AppendAsync(caller, streamId, new ExternalAppend { Texts = ["text"] }, CancellationToken.None);
}
