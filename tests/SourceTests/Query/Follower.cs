using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Query;

namespace SseStreaming.SourceTests.Query;

/// <summary>Runs the generator under test and records its rows.</summary>
internal sealed class Follower : IAsyncDisposable
{
    private readonly QueryGenerator _generator;
    private readonly ConcurrentQueue<GeneratedText> _pieces;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private Follower(QueryOptions options, TimeProvider time, Dictionary<string, OptionValue> sent, IEnumerable<GeneratedText> stored)
    {
        _pieces = new(stored);
        _generator = new QueryGenerator("rows", options, time, NullLogger<QueryGenerator>.Instance);
        var values = SourceOptions.Read(_generator.Source, sent);
        Assert.That(values.Refusal, Is.Null, values.Refusal?.Detail);
        _running = RunAsync(new GenerationRequest(null, values.Value!));
    }

    /// <summary>Options with short intervals, so that tests are fast.</summary>
    public static QueryOptions Options(string connectionString, QueryProvider provider = QueryProvider.PostgreSql) => new()
    {
        Provider = provider,
        ConnectionString = connectionString,
        Sql = TestTable.Sql,
        Separator = "",
        Interval = TimeSpan.FromMilliseconds(20),
        LateWindow = TimeSpan.FromMilliseconds(200),
    };

    public static Follower Start(TestTable table, Action<QueryOptions>? change = null, Dictionary<string, OptionValue>? sent = null) =>
        Start(Options(table.ConnectionString), change, sent);

    public static Follower Start(QueryOptions options, Action<QueryOptions>? change = null, Dictionary<string, OptionValue>? sent = null)
    {
        change?.Invoke(options);
        return new Follower(options, TimeProvider.System, sent ?? [], []);
    }

    /// <summary>Continues after the pieces that other followers have generated.</summary>
    public static Follower Continue(TestTable table, IEnumerable<GeneratedText> stored) =>
        new(Options(table.ConnectionString), TimeProvider.System, [], stored);

    public IReadOnlyList<GeneratedText> Pieces => [.. _pieces];

    public IReadOnlyList<string> Rows => [.. _pieces.Select(piece => piece.Text).Where(text => text.Length > 0)];

    public GenerationFinish? Finish { get; private set; }

    public GenerationFailedException? Fault { get; private set; }

    public ITextGenerator Generator => _generator;

    /// <summary>Waits until the generator has read a number of rows.</summary>
    public Task HasAsync(int rows) => Eventually.Happens(
        () => Rows.Count >= rows || _running.IsCompleted, $"the generator has read {rows} rows");

    public async Task<IReadOnlyList<string>> ReadAsync(int rows)
    {
        await HasAsync(rows);
        Assert.That(Fault, Is.Null);
        return Rows;
    }

    /// <summary>Waits until the generation has ended without being stopped.</summary>
    public Task EndAsync() => _running.WaitAsync(Eventually.Limit);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _generator.DisposeAsync();
        _stop.Dispose();
    }

    private async Task RunAsync(GenerationRequest request)
    {
        try
        {
            var checkpoint = _pieces.LastOrDefault(piece => piece.Checkpoint is not null).Checkpoint;
            var pieces = checkpoint is null
                ? _generator.GenerateAsync(request, _stop.Token)
                : _generator.ContinueAsync(request, CreatePoint(checkpoint), _stop.Token);
            await foreach (var piece in pieces)
            {
                _pieces.Enqueue(piece);
                Finish = piece.Finish;
            }
        }
        catch (GenerationFailedException exception)
        {
            Fault = exception;
        }
    }

    private ContinuationPoint CreatePoint(string checkpoint) => new(checkpoint, _pieces.Sum(piece => piece.Text.Length), TimeProvider.System.GetUtcNow())
    {
        ReadTextAsync = _ => throw new InvalidOperationException("The text is not needed."),
    };
}
