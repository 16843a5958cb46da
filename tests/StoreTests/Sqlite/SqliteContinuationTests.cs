using SseStreaming.Application.Cluster;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using static SseStreaming.StoreTests.Sqlite.SqliteFixture;

namespace SseStreaming.StoreTests.Sqlite;

/// <summary>What the next process gets with the streams that it takes over.</summary>
public sealed class SqliteContinuationTests
{
    private string _folder = null!;
    private SqliteFixture _process = null!;

    [SetUp]
    public void Open()
    {
        _folder = CreateFolder();
        _process = new SqliteFixture(folder: _folder);
    }

    [TearDown]
    public async Task CloseAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task TakeOver_ReturnsRequestAndCheckpoint()
    {
        var streamId = await CreateAsync([1, 2]);
        await AppendedAsync(Segments(streamId, 2, "a"), [3]);
        var bare = await CreateAsync(request: null);

        var taken = (await RestartAsync()).ToDictionary(stream => stream.Record.Head.Id);

        Assert.That((taken[streamId].Request, taken[streamId].Checkpoint, taken[streamId].Record.Extent.Last), Is.EqualTo((new byte[] { 1, 2 }, new byte[] { 3 }, 2)));
        Assert.That((taken[bare].Request, taken[bare].Checkpoint), Is.EqualTo(((byte[]?)null, (byte[]?)null)));
        Assert.That(_process.FindKept(streamId).Request, Is.Not.Null, "the take-over keeps them for the next one");
    }

    [Test]
    public async Task TakeOvers_CountProcessesThatLeftTheStream_UntilASegment()
    {
        var streamId = await CreateAsync([1]);
        Assert.That((await RestartAsync()).Single().TakeOvers, Is.EqualTo(1));
        Assert.That((await RestartAsync()).Single().TakeOvers, Is.EqualTo(2));
        await _process.Store.SaveCheckpointAsync(streamId, [1], CancellationToken.None);
        Assert.That((await RestartAsync()).Single().TakeOvers, Is.EqualTo(3), "a checkpoint alone is no progress");

        await AppendedAsync(Segments(streamId, 2, "a"), checkpoint: null);

        Assert.That((await RestartAsync()).Single().TakeOvers, Is.EqualTo(1));
    }

    [Test]
    public async Task HandOver_IsNoCrash()
    {
        var streamId = await CreateAsync([1]);
        for (var restart = 0; restart < 5; restart++)
        {
            await _process.Cluster.HandOverAsync(streamId, CancellationToken.None);
            Assert.That((await RestartAsync()).Single().TakeOvers, Is.Zero);
        }
        Assert.That((await RestartAsync()).Single().TakeOvers, Is.EqualTo(1));
    }

    [Test]
    public async Task HandOver_FencesThisProcess_AndTheNextOneAppends()
    {
        var streamId = await CreateAsync([1]);
        await AppendedAsync(Segments(streamId, 2, "a"), [1]);

        await _process.Cluster.HandOverAsync(streamId, CancellationToken.None);

        Assert.That(await _process.Store.AppendAsync(Segments(streamId, 3, "x"), [2], CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        Assert.That(await _process.Store.AppendAsync(End(streamId, 3), null, CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        Assert.That(await _process.Store.SaveCheckpointAsync(streamId, [2], CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        await AppendedAsync(Segments(streamId, 2, "a"), [1]);
        Assert.That((await RestartAsync()).Single().Checkpoint, Is.EqualTo(new byte[] { 1 }));
        await AppendedAsync(Segments(streamId, 3, "b"), [3]);
        Assert.That(await _process.ReadAllAsync(streamId), Is.EqualTo(["{}", "a", "b"]));
    }

    [Test]
    public async Task HandOver_OfAClosedStream_ChangesNothing()
    {
        var closed = await _process.CreateClosedAsync();

        await _process.Cluster.HandOverAsync(closed, CancellationToken.None);

        Assert.That(await _process.Cluster.FindHandOverTargetAsync(CancellationToken.None), Is.EqualTo(HandOverTarget.NextNode));
        Assert.That(await RestartAsync(), Is.Empty);
    }

    [Test]
    public async Task RequestStop_OfAHandedOverStream_IsKeptForTheNextProcess()
    {
        var stopped = await CreateAsync([1]);
        var other = await CreateAsync([1]);
        await _process.Cluster.HandOverAsync(stopped, CancellationToken.None);
        await _process.Cluster.HandOverAsync(other, CancellationToken.None);

        await _process.Cluster.RequestStopAsync(stopped, CancellationToken.None);

        Assert.That((await RestartAsync()).ToDictionary(stream => stream.Record.Head.Id, stream => stream.IsStopRequested),
            Is.EquivalentTo(new Dictionary<StreamId, bool> { [stopped] = true, [other] = false }));
        Assert.That((await RestartAsync()).Count(stream => stream.IsStopRequested), Is.EqualTo(1), "until the stream is closed");
    }

    [Test]
    public async Task SaveCheckpoint_OfAStreamOfAnotherOwner_IsRefused()
    {
        var streamId = await CreateAsync([1]);
        using (var other = _process.Connect())
            Run(other, "update streams set owner = randomblob(16)");

        Assert.That(await _process.Store.SaveCheckpointAsync(streamId, [2], CancellationToken.None), Is.EqualTo(AppendResult.Refused));

        Assert.That(_process.FindKept(streamId).Checkpoint, Is.Null);
    }

    [Test]
    public async Task DroppedStreams_LeaveNoRequest()
    {
        for (var i = 0; i < 3; i++)
            await AppendedAsync(End(await CreateAsync([1]), 2), checkpoint: null);
        _process.Time.Advance(TimeSpan.FromDays(3650));

        Assert.That(await _process.Store.DropExpiredAsync(CancellationToken.None), Is.EqualTo(3));

        using var connection = _process.Connect();
        Assert.That(Run(connection, "select count(*) from requests"), Is.Zero);
    }

    /// <summary>Ends the process, starts another one, and takes over.</summary>
    private async Task<IReadOnlyList<TakenStream>> RestartAsync()
    {
        await _process.DisposeAsync();
        _process = new SqliteFixture(folder: _folder);
        return await _process.Cluster.TakeOverAsync(CancellationToken.None);
    }

    private async Task<StreamId> CreateAsync(byte[]? request)
    {
        var head = _process.CreateHead();
        await _process.Store.CreateAsync(head, Started(head.Id), request, CancellationToken.None);
        return head.Id;
    }

    private async Task AppendedAsync(EventBatch batch, byte[]? checkpoint) =>
        Assert.That(await _process.Store.AppendAsync(batch, checkpoint, CancellationToken.None), Is.EqualTo(AppendResult.Appended));
}
