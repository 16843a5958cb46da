using Microsoft.Extensions.Logging.Abstractions;
using SseStreaming.Infrastructure.Generators.Query;
using SseStreaming.Infrastructure.Generators.Query.Checkpoints;
using SseStreaming.Infrastructure.Generators.Query.Databases;
using SseStreaming.Infrastructure.Generators.Query.LateRows;
using SseStreaming.Infrastructure.Generators.Query.Polling;
using SseStreaming.SourceTests.Testing;

namespace SseStreaming.SourceTests.Query;

/// <summary>Late rows are found even if a scan needs several reads and transactions end between them.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class LateRowScanTests
{
    private static readonly TimeSpan LateWindow = TimeSpan.FromSeconds(5);

    private readonly WatchedTime _time = new();
    private readonly ScriptedDatabase _database = new();

    [Test]
    public async Task Row_CommittedBetweenTwoReadsOfAScan_IsNotLost()
    {
        var reader = new RowReader("rows", _database, new QueryOptions(), [], _time, NullLogger.Instance);
        var tracker = new LateRowTracker(QueryCheckpoint.StartAfter(0L), LateWindow, _time);
        // More than a page of rows above a key whose transaction has not committed yet.
        for (var key = 2; key <= 1200; key++)
            _database.Rows[key] = $"{key}";
        _database.Horizon = new Horizon(Oldest: 100, Next: 105);
        Assert.That(await reader.ReadNewRowsAsync(tracker, CancellationToken.None).CountAsync(), Is.EqualTo(1199));
        _time.Advance(LateWindow);

        _database.AfterRead = () =>
        {
            _database.Rows[1] = "late";
            _database.Horizon = new Horizon(Oldest: 110, Next: 110);
        };
        var found = await reader.ReadLateRowsAsync(tracker, CancellationToken.None).Select(row => row.Text).ToListAsync();
        found.AddRange(await reader.ReadLateRowsAsync(tracker, CancellationToken.None).Select(row => row.Text).ToListAsync());

        Assert.That(found, Is.EqualTo((string[])["late"]));
        Assert.That((tracker.Floor, tracker.Count), Is.EqualTo((1200L, 0)), "all rows are settled");
    }

    /// <summary>A table whose visible rows and transactions the test controls.</summary>
    private sealed class ScriptedDatabase : IQueryDatabase
    {
        public SortedDictionary<long, string> Rows { get; } = [];

        public Horizon Horizon { get; set; }

        public Action AfterRead { get; set; } = () => { };

        public RowSignal? Signal => null;

        public Task<RowPage> ReadAsync(RowQuery query, CancellationToken cancellationToken)
        {
            var rows = Rows.Where(row => row.Key > (long)query.After && (query.UpTo is not long last || row.Key <= last)).Take(query.MaxRows);
            var page = new RowPage([.. rows.Select(row => new Row(row.Key, row.Value))], Horizon);
            AfterRead();
            return Task.FromResult(page);
        }

        public Task<object?> ReadValueAsync(string sql, IReadOnlyList<BoundParameter> parameters, CancellationToken cancellationToken) =>
            Task.FromResult<object?>(null);

        public ValueTask DisposeAsync() => default;
    }
}
