using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using SseStreaming.Infrastructure.Generators.Query.Databases;

namespace SseStreaming.UnitTests.Infrastructure.Generators.Query;

/// <summary>A table with concurrent writers. Each read is preceded by the next step of a script; after the last one all writers commit.</summary>
[SuppressMessage("Usage", "CA2213", Justification = "A token source without a timer holds no resources.")]
internal sealed class ScriptedTable(IEnumerable<TableStep> script, Func<long, object> toKey) : IQueryDatabase
{
    /// <summary>More than the reads until all rows are settled.</summary>
    private const int QuietReads = 200;

    private readonly Queue<TableStep> _script = new(script);
    private readonly Dictionary<int, Transaction> _open = [];
    private readonly CancellationTokenSource _ended = new();
    private readonly SortedSet<long> _visible = [];
    private readonly HashSet<long> _committed = [];
    private ulong _nextTransaction = 100;
    private long _nextKey = 1;
    private int _quietReads;

    /// <summary>Rows in a page at most, as with a limit in the statement.</summary>
    public int PageRows { get; init; } = 3;

    public RowSignal? Signal => null;

    /// <summary>Cancelled some reads after the script has ended.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>The rows that must be read.</summary>
    public IEnumerable<string> Remaining => _visible.Select(GetText);

    /// <summary>The rows that may be read.</summary>
    public IEnumerable<string> Committed => _committed.Select(GetText);

    public void Insert(int rows)
    {
        for (var i = 0; i < rows; i++)
            Run(new TableStep(TableStepKind.Draw, 0));
        Run(new TableStep(TableStepKind.Commit, 0));
    }

    public void RunNextStep()
    {
        if (_script.TryDequeue(out var step))
            Run(step);
        else
            _open.Keys.ToList().ForEach(writer => Run(new TableStep(TableStepKind.Commit, writer)));
    }

    public Task<RowPage> ReadAsync(RowQuery query, CancellationToken cancellationToken)
    {
        if (_script.Count == 0 && _quietReads++ == QuietReads)
            _ended.Cancel();
        RunNextStep();
        var rows = _visible
            .Select(key => new Row(toKey(key), GetText(key)))
            .Where(row => Compare(row.Key, query.After) > 0 && (query.UpTo is null || Compare(row.Key, query.UpTo) <= 0))
            .Take(Math.Min(query.MaxRows, PageRows));
        var oldest = _open.Values.Select(transaction => transaction.Number).DefaultIfEmpty(_nextTransaction).Min();
        return Task.FromResult(new RowPage([.. rows], new Horizon(oldest, _nextTransaction)));
    }

    /// <summary>Returns the highest key, whatever the statement.</summary>
    public Task<object?> ReadValueAsync(string sql, IReadOnlyList<BoundParameter> parameters, CancellationToken cancellationToken) =>
        Task.FromResult<object?>(_visible.Count > 0 ? toKey(_visible.Max) : null);

    /// <summary>Does nothing: the table outlives each generator.</summary>
    public ValueTask DisposeAsync() => default;

    private static string GetText(long key) => key.ToString(CultureInfo.InvariantCulture);

    private static int Compare(object a, object b) => a is long key ? key.CompareTo((long)b) : string.CompareOrdinal((string)a, (string)b);

    private void Run(TableStep step)
    {
        switch (step.Kind)
        {
            case TableStepKind.Draw:
                if (!_open.TryGetValue(step.Number, out var transaction))
                    _open[step.Number] = transaction = new Transaction(_nextTransaction++, []);
                transaction.Keys.Add(_nextKey++);
                break;
            case TableStepKind.Commit when _open.Remove(step.Number, out var committed):
                _visible.UnionWith(committed.Keys);
                _committed.UnionWith(committed.Keys);
                break;
            case TableStepKind.Rollback:
                _open.Remove(step.Number);
                break;
            case TableStepKind.Delete when _visible.Count > 0:
                _visible.Remove(_visible.ElementAt(step.Number % _visible.Count));
                break;
            default:
                break;
        }
    }

    private sealed record Transaction(ulong Number, List<long> Keys);
}
