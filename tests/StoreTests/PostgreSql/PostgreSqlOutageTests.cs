using SseStreaming.Application;
using SseStreaming.Application.Events;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests.PostgreSql;

/// <summary>The database stops and starts again under load.</summary>
[TestFixture]
internal sealed class PostgreSqlOutageTests
{
    private const int Streams = 20;

    private PostgreSqlServer _server = null!;
    private PostgreSqlNode _writer = null!;
    private PostgreSqlNode _reader = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _server = await PostgreSqlServer.RequireAsync();
        if (!_server.IsOwn)
            Assert.Ignore("The tests may not stop a server that they did not start.");
        var database = await _server.CreateDatabaseAsync();
        _writer = await PostgreSqlNode.StartAsync(database, new StreamsOptions());
        _reader = await PostgreSqlNode.StartAsync(database, new StreamsOptions());
    }

    [TearDown]
    public async Task StopAsync()
    {
        if (_writer is not null)
            await _writer.DisposeAsync();
        if (_reader is not null)
            await _reader.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [Test]
    [Category(TestCategories.Long)]
    public async Task Outage_LosesNoEvent_AndRepeatsNone([Values(0, 5)] int seconds, [Values] bool isKilled)
    {
        using var stop = new CancellationTokenSource();
        var heads = await Task.WhenAll(Enumerable.Range(0, Streams).Select(_ => _writer.Store.OpenStreamAsync()));
        var writers = heads.Select(head => Task.Run(() => WriteAsync(head, stop.Token))).ToArray();
        var viewers = heads.Select(head => Task.Run(() => ViewAsync(head.Id))).ToArray();
        await HasGrownAsync(heads[0]);

        await (isKilled ? _server.KillAsync() : _server.StopAsync());
        await Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);
        await _server.StartAsync();
        await HasGrownAsync(heads[0]);
        await stop.CancelAsync();

        var written = await Task.WhenAll(writers).WaitAsync(TimeSpan.FromSeconds(60));
        var seen = await Task.WhenAll(viewers).WaitAsync(TimeSpan.FromSeconds(60));
        for (var i = 0; i < Streams; i++)
        {
            var expected = Enumerable.Range(2, written[i]).Select(number => $"{number} ").ToArray();
            Assert.That(await _reader.Store.ReadTextsAsync(heads[i].Id), Is.EqualTo(expected));
            Assert.That(seen[i], Is.EqualTo(expected));
        }
    }

    [Test]
    public async Task Store_WithoutItsDatabase_IsUnavailable_AndRecovers()
    {
        var head = await _writer.Store.OpenStreamAsync();
        await _server.StopAsync();

        var other = Events.Head();
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await _writer.Store.AppendAsync(Events.Segments(head, 2, "a"), CancellationToken.None));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await _writer.Store.CreateAsync(other, Events.Started(other), CancellationToken.None));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await _writer.Store.ReadAsync(head.Id, 0, CancellationToken.None));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await _writer.Store.FindAsync(head.Id, CancellationToken.None));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await _writer.Store.DropExpiredAsync(CancellationToken.None));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await _writer.Cluster.RenewAsync(CancellationToken.None));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await _writer.Cluster.TakeOverAsync(CancellationToken.None));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await _writer.Cluster.ReportViewersAsync(head.Id, 1, CancellationToken.None));
        await _server.StartAsync();

        // The next call succeeds on any pooled connection.
        await _writer.Store.AppendedAsync(Events.Segments(head, 2, "a"));
        Assert.That(await _writer.Store.ReadTextsAsync(head.Id), Is.EqualTo(["a"]));
        await _writer.Cluster.RenewAsync(CancellationToken.None);
        var report = await _reader.Cluster.CountViewersElsewhereAsync(head.Id, CancellationToken.None);
        Assert.That(report, Is.EqualTo(1), "the next renewal sends the failed report");
    }

    [Test]
    public async Task FirstCalls_AfterAnUnnoticedRestart_Succeed()
    {
        var head = await _writer.Store.OpenStreamAsync();
        // Opens several connections of the pool.
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => _writer.Store.ReadTextsAsync(head.Id))));
        await _server.StopAsync();
        await _server.StartAsync();

        Assert.That(await _writer.Store.ReadTextsAsync(head.Id), Is.Empty);
        await _writer.Store.AppendedAsync(Events.Segments(head, 2, "a"));
    }

    private Task HasGrownAsync(StreamHead head)
    {
        long? before = null;
        return Eventually.Happens(async () =>
        {
            var record = await RetryAsync(() => _reader.Store.FindAsync(head.Id, CancellationToken.None));
            before ??= record!.Segments;
            return record!.Segments > before + 20;
        }, "the stream continues");
    }

    /// <summary>Appends until it is cancelled, then closes the stream; returns how many segments.</summary>
    private async Task<int> WriteAsync(StreamHead head, CancellationToken stop)
    {
        var next = 2;
        for (; !stop.IsCancellationRequested; next++)
        {
            var batch = Events.Segments(head, next, $"{next} ");
            Assert.That(await RetryAsync(() => _writer.Store.AppendAsync(batch, CancellationToken.None)), Is.EqualTo(AppendResult.Appended));
        }
        Assert.That(await RetryAsync(() => _writer.Store.AppendAsync(Events.End(head, next), CancellationToken.None)), Is.EqualTo(AppendResult.Appended));
        return next - 2;
    }

    /// <summary>Reads a stream to its end on the other node, and waits for nothing but the signal.</summary>
    private async Task<List<string>> ViewAsync(StreamId streamId)
    {
        var seen = new List<string>();
        using var subscription = _reader.Signal.Subscribe(streamId, TimeSpan.FromMinutes(1), live: null, CancellationToken.None);
        for (var after = 0L; ;)
        {
            var batch = (await RetryAsync(() => _reader.HotStore.ReadAsync(streamId, after, CancellationToken.None)))!.Value;
            if (batch.IsEmpty)
            {
                Assert.That(await subscription.WaitAsync(), Is.EqualTo(WaitOutcome.Notified));
                continue;
            }
            Assert.That(batch.First, Is.EqualTo(after + 1));
            for (var i = 0; i < batch.Count; i++)
            {
                if (batch[i].Kind == EventKind.Segment)
                    seen.Add(Events.Text(batch[i]));
            }
            after = batch.Last;
            if (batch.EndsStream)
                return seen;
        }
    }

    private static async Task<T> RetryAsync<T>(Func<ValueTask<T>> action)
    {
        while (true)
        {
            try
            {
                return await action();
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }
}
