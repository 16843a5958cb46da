using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using SseStreaming.Application.Common;
using SseStreaming.Infrastructure.Generators.Query.Databases;
using SseStreaming.Infrastructure.Generators.Query.LateRows;

namespace SseStreaming.Infrastructure.Generators.Query.Polling;

/// <summary>Reads rows in pages, and retries while the database is unavailable, up to <see cref="QueryOptions.OutagePatience"/>.</summary>
internal sealed partial class RowReader(
    string source, IQueryDatabase database, QueryOptions options, IReadOnlyList<BoundParameter> parameters, TimeProvider time, ILogger logger)
{
    private const int PageRows = 500;

    private static readonly Backoff RetryDelay = new(First: TimeSpan.FromMilliseconds(100), Maximum: TimeSpan.FromSeconds(5));

    /// <summary>The key to start after.</summary>
    public async Task<object> ReadFirstKeyAsync(CancellationToken cancellationToken)
    {
        if (options.AfterSql is not { } sql || await RetryAsync(token => database.ReadValueAsync(sql, parameters, token), cancellationToken) is not { } value)
            return options.FirstKey;
        return (options.KeyType, value) switch
        {
            (QueryKeyType.Integer, long or int or short) => Convert.ToInt64(value, CultureInfo.InvariantCulture),
            (QueryKeyType.Text, string) => value,
            _ => throw QueryFault.From(new RowFormatException($"AfterSql does not return a key of the type {options.KeyType}")).ToException(),
        };
    }

    /// <summary>Reads the rows above the tracker's head, up to the number that it may remember.</summary>
    public async IAsyncEnumerable<Row> ReadNewRowsAsync(LateRowTracker tracker, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int maxRows;
        RowPage page;
        do
        {
            maxRows = Math.Min(PageRows, options.MaxUnsettledRows - tracker.Count);
            if (maxRows <= 0)
                yield break;
            page = await ReadAsync(new RowQuery(tracker.Head, null, maxRows, parameters), cancellationToken);
            foreach (var row in page.Rows)
            {
                tracker.AddNew(row, page.Horizon);
                yield return row;
            }
        }
        while (page.Rows.Count == maxRows);
    }

    /// <summary>Scans the rows between the tracker's floor and its head, and returns the late ones.</summary>
    public async IAsyncEnumerable<Row> ReadLateRowsAsync(LateRowTracker tracker, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        tracker.BeginScan();
        for (var after = tracker.Floor; ;)
        {
            var page = await ReadAsync(new RowQuery(after, tracker.Head, PageRows, parameters), cancellationToken);
            tracker.AddRead(page.Horizon);
            // A short page is not the last one if the statement has a limit of its own.
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
    /// Requires unique keys above <c>@after</c>: a repeated key would be read without end, and rows with equal keys would be lost at
    /// the end of a page. The order of texts is not checked, because it depends on the database's collation.
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
        var startedAt = time.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            QueryFault fault;
            using (var timeout = new CancellationTokenSource(options.ReadTimeout, time))
            using (var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken))
            {
                try
                {
                    return await read(linked.Token);
                }
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
                {
                    fault = QueryFault.From(exception);
                }
            }
            if (!fault.IsTransient || time.GetElapsedTime(startedAt) >= options.OutagePatience)
            {
                Log.Failed(logger, source, fault.Type, fault.Cause);
                throw fault.ToException();
            }
            var delay = RetryDelay.GetDelay(attempt);
            Log.Waiting(logger, source, fault.Cause, delay);
            await Task.Delay(delay, time, cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Source {Source}: the database is unavailable ({Cause}); the next attempt is in {Delay}")]
        public static partial void Waiting(ILogger logger, string source, string cause, TimeSpan delay);

        [LoggerMessage(2, LogLevel.Warning, "Source {Source}: the database failed ({ProblemType}, {Cause})")]
        public static partial void Failed(ILogger logger, string source, string problemType, string cause);
    }
}
