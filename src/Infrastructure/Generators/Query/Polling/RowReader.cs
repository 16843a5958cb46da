using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using SseStreaming.Infrastructure.Generators.Query.Databases;
using SseStreaming.Infrastructure.Generators.Query.LateRows;

namespace SseStreaming.Infrastructure.Generators.Query.Polling;

/// <summary>Reads a database page after page, and waits for one that is away, within the patience.</summary>
internal sealed partial class RowReader(
    string source, IQueryDatabase database, QueryOptions options, IReadOnlyList<BoundParameter> parameters, TimeProvider time, ILogger logger)
{
    private const int PageRows = 500;

    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastBackoff = TimeSpan.FromSeconds(5);

    /// <summary>The key to begin after.</summary>
    public async Task<object> FirstKeyAsync(CancellationToken cancellationToken)
    {
        if (options.AfterSql is not { } sql || await RetryAsync(token => database.ReadValueAsync(sql, parameters, token), cancellationToken) is not { } value)
            return options.FirstKey;
        return (options.KeyType, value) switch
        {
            (QueryKeyType.Integer, long or int or short) => Convert.ToInt64(value, CultureInfo.InvariantCulture),
            (QueryKeyType.Text, string) => value,
            _ => throw QueryFault.From(new RowFormatException($"AfterSql gives no key of the type {options.KeyType}")).ToException(),
        };
    }

    /// <summary>Everything that is there after the window's head, and as much as the window has room for.</summary>
    public async IAsyncEnumerable<Row> ReadNewRowsAsync(LateRowTracker tracker, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int most;
        RowPage page;
        do
        {
            most = Math.Min(PageRows, options.MaxUnsettledRows - tracker.Count);
            if (most <= 0)
                yield break;
            page = await ReadAsync(new RowQuery(tracker.Head, null, most, parameters), cancellationToken);
            foreach (var row in page.Rows)
            {
                tracker.AddNew(row, page.Horizon);
                yield return row;
            }
        }
        while (page.Rows.Count == most);
    }

    /// <summary>What came late, between the window's floor and its head.</summary>
    public async IAsyncEnumerable<Row> ReadLateRowsAsync(LateRowTracker tracker, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        tracker.BeginScan();
        for (var after = tracker.Floor; ;)
        {
            var page = await ReadAsync(new RowQuery(after, tracker.Head, PageRows, parameters), cancellationToken);
            // Only nothing is the end: the statement may have a limit of its own.
            if (page.Rows.Count == 0)
                break;
            foreach (var row in page.Rows)
            {
                if (tracker.IsLate(row, page.Horizon))
                    yield return row;
            }
            after = page.Rows[^1].Key;
        }
        tracker.EndScan();
    }

    private Task<RowPage> ReadAsync(RowQuery query, CancellationToken cancellationToken) =>
        RetryAsync(async token => EnsureOrder(await database.ReadAsync(query, token), query.After), cancellationToken);

    /// <summary>
    /// Each key comes once, and after the one that was asked for: of a statement that gives a key again there would be no end, and
    /// of rows that share one some would be lost where a page ends. How texts are ordered only the database knows.
    /// </summary>
    private static RowPage EnsureOrder(RowPage page, object after)
    {
        foreach (var row in page.Rows)
        {
            if (row.Key.Equals(after) || (row.Key is long key && key < (long)after))
                throw new RowFormatException("two rows have the same key, or a key is not above @after");
            after = row.Key;
        }
        return page;
    }

    private async Task<T> RetryAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        for (var wait = FirstBackoff; ; wait = wait * 2 < LastBackoff ? wait * 2 : LastBackoff)
        {
            QueryFault fault;
            using (var patience = new CancellationTokenSource(options.ReadTimeout, time))
            using (var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken))
            {
                try
                {
                    return await read(either.Token);
                }
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
                {
                    fault = QueryFault.From(exception);
                }
            }
            if (!fault.IsTransient || time.GetElapsedTime(begun) >= options.OutagePatience)
            {
                Log.Failed(logger, source, fault.Type, fault.Cause);
                throw fault.ToException();
            }
            Log.Waiting(logger, source, fault.Cause, wait);
            await Task.Delay(wait, time, cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Source {Source}: the database is away ({Cause}); it is read again in {Delay}")]
        public static partial void Waiting(ILogger logger, string source, string cause, TimeSpan delay);

        [LoggerMessage(2, LogLevel.Warning, "Source {Source}: the database failed ({ProblemType}, {Cause})")]
        public static partial void Failed(ILogger logger, string source, string problemType, string cause);
    }
}
