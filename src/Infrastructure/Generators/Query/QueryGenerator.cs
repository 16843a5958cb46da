using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Query.Checkpoints;
using SseStreaming.Infrastructure.Generators.Query.Databases;
using SseStreaming.Infrastructure.Generators.Query.LateRows;
using SseStreaming.Infrastructure.Generators.Query.Polling;

namespace SseStreaming.Infrastructure.Generators.Query;

/// <summary>Rows of a database, old and new, one segment per row, each with a checkpoint. Only a maximum duration ends it.</summary>
internal sealed partial class QueryGenerator : IResumableGenerator, IAsyncDisposable
{
    /// <summary>The finish of a generation that reached its maximum duration.</summary>
    private static readonly GenerationFinish MaxDurationReached = new("duration");

    private readonly QueryOptions _options;
    private readonly IQueryDatabase _database;
    private readonly QueryCheckpointFormat _checkpoints;
    private readonly CachedProbe _probe;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public QueryGenerator(string name, QueryOptions options, TimeProvider time, ILogger<QueryGenerator> logger)
        : this(name, options, QueryDatabases.Create(options, time, logger), time, logger)
    {
    }

    /// <summary>Not public, so that the container uses the other constructor.</summary>
    internal QueryGenerator(string name, QueryOptions options, IQueryDatabase database, TimeProvider time, ILogger<QueryGenerator> logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _database = database;
        _checkpoints = new QueryCheckpointFormat(options);
        _probe = new CachedProbe(ProbeNowAsync, time);
        Source = new SourceDescription(name, options.Description)
        {
            Options = [.. options.Parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal).Select(parameter => parameter.Value.ToOption(parameter.Key))],
            IsShared = options.Shared,
            KeepsEvents = options.KeepEvents,
        };
    }

    public ContinuationMode Continuation => ContinuationMode.AtOnce;

    public SourceDescription Source { get; }

    /// <summary>Refuses texts with NUL characters, which PostgreSQL can't store.</summary>
    public ValueTask<Refusal?> ValidateAsync(GenerationRequest request, CancellationToken cancellationToken) =>
        new(request.Options.Values.FirstOrDefault(option => option.Value is string text && text.Contains('\0', StringComparison.Ordinal)) is { Key: { } name }
            ? Refusal.Invalid(name, $"'{name}' contains a NUL character.")
            : null);

    public IAsyncEnumerable<GeneratedText> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken) =>
        ReadAsync(request, point: null, cancellationToken);

    public IAsyncEnumerable<GeneratedText> ContinueAsync(GenerationRequest request, ContinuationPoint point, CancellationToken cancellationToken) =>
        ReadAsync(request, point, cancellationToken);

    public ValueTask<string?> ProbeAsync(CancellationToken cancellationToken) => _probe.ProbeAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _probe.Dispose();
        await _database.DisposeAsync();
    }

    private async IAsyncEnumerable<GeneratedText> ReadAsync(
        GenerationRequest request, ContinuationPoint? point, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var schedule = new PollSchedule(_options, _database.Signal, point?.StartedAt ?? _time.GetUtcNow(), _time);
        await using var subscription = _database.Signal?.Subscribe();
        var reader = new RowReader(Source.Name, _database, _options, Bind(request.Options), _time, _logger);
        var start = point is null
            ? QueryCheckpoint.StartAfter(await reader.ReadFirstKeyAsync(cancellationToken))
            : _checkpoints.Read(point.Checkpoint);
        var tracker = new LateRowTracker(start, _options.LateWindow, _time);
        var pieces = new RowPieces(Source.Name, tracker, _checkpoints, _logger);
        // Without it the next node would execute AfterSql again, and skip the rows inserted in the meantime.
        if (point is null)
            yield return pieces.Create("");
        var isHeldUp = false;
        while (!schedule.HasExpired)
        {
            schedule.BeginPoll();
            var found = false;
            await foreach (var row in reader.ReadNewRowsAsync(tracker, cancellationToken))
            {
                if (schedule.HasExpired)
                    break;
                found = true;
                yield return pieces.Create(row.Text + _options.Separator);
            }
            var wasFull = IsFull(tracker);
            if (schedule.IsLateRowScanDue(found, tracker.NeedsScan))
            {
                schedule.BeginLateRowScan();
                await foreach (var row in reader.ReadLateRowsAsync(tracker, cancellationToken))
                    yield return pieces.Create(row.Text + _options.Separator);
                schedule.EndLateRowScan();
                if (pieces.TryRestoreCheckpoint(out var restored))
                    yield return restored;
            }
            var wasHeldUp = isHeldUp;
            isHeldUp = tracker.IsBlocked && IsFull(tracker);
            if (isHeldUp && !wasHeldUp)
                Log.HeldUp(_logger, Source.Name, tracker.Count);
            // A tracker that was full may have left rows unread.
            await schedule.WaitAsync(found || (wasFull && !IsFull(tracker)), tracker.NeedsScan, cancellationToken);
        }
        yield return new GeneratedText("", MaxDurationReached);
    }

    private List<BoundParameter> Bind(SourceOptions options) =>
        [.. Source.Options.Select(option => new BoundParameter(option.Name, option.Type, options.Find(option.Name)))];

    private bool IsFull(LateRowTracker tracker) => tracker.Count >= _options.MaxUnsettledRows;

    /// <summary>Executes the statement without reading a row.</summary>
    private async Task<string?> ProbeNowAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _database.ReadAsync(new RowQuery(_options.FirstKey, UpTo: null, MaxRows: 0, Bind(SourceOptions.None)), cancellationToken);
            return null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return $"its database can't be used ({QueryFault.GetCause(exception)})";
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Source {Source} reads no new rows for now: a transaction has been open since before the last {Rows} rows, and may insert rows with lower keys")]
        public static partial void HeldUp(ILogger logger, string source, int rows);
    }
}
