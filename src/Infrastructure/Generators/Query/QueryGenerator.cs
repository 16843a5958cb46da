using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using SseStreaming.Application;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;

namespace SseStreaming.Infrastructure.Generators.Query;

/// <summary>Rows of a database as they appear, a segment each. It does not end by itself.</summary>
internal sealed partial class QueryGenerator : ITextGenerator, IAsyncDisposable
{
    /// <summary>How a generation finishes that ran for as long as it may.</summary>
    private static readonly GenerationFinish OutOfTime = new("duration");

    private readonly QueryOptions _options;
    private readonly IQueryDatabase _database;
    private readonly CachedProbe _probe;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public QueryGenerator(string name, QueryOptions options, TimeProvider time, ILogger<QueryGenerator> logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _database = QueryDatabases.Open(options, time, logger);
        _probe = new CachedProbe(ConnectAsync, time);
        Source = new SourceDescription(name, options.Description)
        {
            Options = [.. options.Parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal).Select(parameter => parameter.Value.ToOption(parameter.Key))],
            IsShared = options.Shared,
            KeepsEvents = options.KeepEvents,
        };
    }

    public SourceDescription Source { get; }

    /// <summary>No database takes a NUL in a text.</summary>
    public ValueTask<Refusal?> CheckAsync(GenerationRequest request, CancellationToken cancellationToken) =>
        new(request.Options.Values.FirstOrDefault(option => option.Value is string text && text.Contains('\0', StringComparison.Ordinal)) is { Key: { } name }
            ? Refusal.Invalid(name, $"'{name}' has a NUL character in it.")
            : null);

    public async IAsyncEnumerable<GeneratedText> GenerateAsync(
        GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var begun = _time.GetTimestamp();
        await using var listening = _database.Bell?.Use();
        var reader = new RowReader(Source.Name, _database, _options, Bind(request.Options), _time, _logger);
        var window = new RowWindow(await reader.FirstKeyAsync(cancellationToken), _options.LateWindow, _time);
        var lookBack = new LookBackSchedule(_options.Interval, _time);
        var isFull = false;
        while (!IsOver(begun))
        {
            // Taken before the look: what is notified during it ends the wait after it.
            var rung = _database.Bell?.Next;
            var looked = _time.GetTimestamp();
            var found = false;
            await foreach (var row in reader.AdvanceAsync(window, cancellationToken))
            {
                if (IsOver(begun))
                    break;
                found = true;
                yield return row.Text + _options.Separator;
            }
            if (lookBack.IsDue(window.Count))
            {
                lookBack.Begin();
                await foreach (var row in reader.LookBackAsync(window, cancellationToken))
                    yield return row.Text + _options.Separator;
                lookBack.End();
            }
            var wasFull = isFull;
            isFull = window.Count >= _options.MaxUnsettledRows;
            if (isFull && !wasFull)
                Log.Unsettled(_logger, Source.Name, window.Count);
            await WaitAsync(rung, begun, looked, found, cancellationToken);
        }
        yield return new GeneratedText("", OutOfTime);
    }

    public ValueTask<string?> ProbeAsync(CancellationToken cancellationToken) => _probe.AskAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _probe.Dispose();
        await _database.DisposeAsync();
    }

    private List<BoundParameter> Bind(SourceOptions options) =>
        [.. Source.Options.Select(option => new BoundParameter(option.Name, option.Type, options.Values.GetValueOrDefault(option.Name)))];

    private bool IsOver(long begun) => _options.MaxDuration > TimeSpan.Zero && _time.GetElapsedTime(begun) >= _options.MaxDuration;

    /// <summary>Waits for the interval, a notification, or the end; but soon looks again where there were rows, for more may have come.</summary>
    private async Task WaitAsync(Task? rung, long begun, long looked, bool found, CancellationToken cancellationToken)
    {
        var wait = (found ? _options.MinInterval : _options.Interval) - _time.GetElapsedTime(looked);
        if (_options.MaxDuration > TimeSpan.Zero && _options.MaxDuration - _time.GetElapsedTime(begun) is var left && left < wait)
            wait = left;
        if (wait > TimeSpan.Zero && rung is not null)
            await rung.WaitAsync(wait, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        else if (wait > TimeSpan.Zero)
            await Task.Delay(wait, _time, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        // However fast it is rung.
        var rest = _options.MinInterval - _time.GetElapsedTime(looked);
        if (rest > TimeSpan.Zero)
            await Task.Delay(rest, _time, cancellationToken);
    }

    private async Task<string?> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _database.ProbeAsync(cancellationToken);
            return null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return $"its database can't be used ({QueryFault.CauseOf(exception)})";
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Source {Source} waits: after {Rows} rows lower keys may still come, from a transaction that has been open for as long")]
        public static partial void Unsettled(ILogger logger, string source, int rows);
    }
}
