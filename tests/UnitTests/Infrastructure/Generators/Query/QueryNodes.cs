using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Query;
using SseStreaming.Infrastructure.Generators.Query.Databases;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Infrastructure.Generators.Query;

/// <summary>One generation of a query, on one node after another.</summary>
internal sealed class QueryNodes(IQueryDatabase database)
{
    private readonly List<GeneratedText> _pieces = [];

    public QueryOptions Options { get; } = new()
    {
        Sql = "SELECT id, body FROM message WHERE id > @after",
        Separator = "",
        Interval = TimeSpan.FromMilliseconds(100),
        LateWindow = TimeSpan.FromMilliseconds(300),
        ReadTimeout = Timeout.InfiniteTimeSpan,
    };

    public ImmediateTime Time { get; } = new();

    public LogSpy<QueryGenerator> Log { get; } = new();

    /// <summary>All pieces that are stored.</summary>
    public IReadOnlyList<GeneratedText> Pieces => _pieces;

    public IReadOnlyList<string> Rows => [.. _pieces.Select(piece => piece.Text).Where(text => text.Length > 0)];

    public string? Checkpoint => _pieces.LastOrDefault(piece => piece.Checkpoint is not null).Checkpoint;

    /// <summary>Starts or continues the generation on a new node, which dies after a number of pieces.</summary>
    /// <returns>False if the generation ended before.</returns>
    public bool RunFor(int pieces, CancellationToken cancellationToken = default) =>
        RunForAsync(pieces, cancellationToken).GetAwaiter().GetResult();

    /// <summary>Loses the last pieces, as a node that dies before they are stored; the first piece remains.</summary>
    public void Lose(int pieces)
    {
        for (; pieces > 0 && _pieces.Count > 1; pieces--)
            _pieces.RemoveAt(_pieces.Count - 1);
    }

    private async Task<bool> RunForAsync(int pieces, CancellationToken cancellationToken)
    {
        await using var generator = new QueryGenerator("rows", Options, database, Time, Log);
        var request = new GenerationRequest(null, SourceOptions.None);
        var generated = Checkpoint is { } checkpoint
            ? generator.ContinueAsync(request, CreatePoint(checkpoint), cancellationToken)
            : generator.GenerateAsync(request, cancellationToken);
        try
        {
            await foreach (var piece in generated)
            {
                _pieces.Add(piece);
                if (--pieces == 0)
                    return true;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        return false;
    }

    private ContinuationPoint CreatePoint(string checkpoint) => new(checkpoint, _pieces.Sum(piece => piece.Text.Length), DateTimeOffset.UnixEpoch)
    {
        ReadTextAsync = _ => throw new InvalidOperationException("The text is not needed."),
    };
}
