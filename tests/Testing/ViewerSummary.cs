namespace SseStreaming.Testing;

/// <summary>Totals of many streams and their viewers, for one line of test output.</summary>
public sealed class ViewerSummary
{
    private readonly SortedDictionary<string, int> _endings = new(StringComparer.Ordinal);
    private readonly HashSet<string> _nodes = [];
    private int _viewers;
    private int _responses;
    private long _events;

    /// <summary>Number of responses after the first one of each viewer.</summary>
    public int Resumes => _responses - _viewers;

    /// <summary>The nodes that answered, if a proxy names them.</summary>
    public IReadOnlyCollection<string> Nodes => _nodes;

    public int Count(string ending) => _endings.GetValueOrDefault(ending);

    public void Add(IReadOnlyCollection<Viewer> viewers)
    {
        var ending = viewers.First().Ending.Type;
        _endings[ending] = Count(ending) + 1;
        _viewers += viewers.Count;
        foreach (var viewer in viewers)
        {
            _responses += viewer.Responses;
            _events += viewer.Count;
            _nodes.UnionWith(viewer.Nodes);
        }
    }

    public void Add(ViewerSummary other)
    {
        foreach (var (ending, count) in other._endings)
            _endings[ending] = Count(ending) + count;
        _nodes.UnionWith(other._nodes);
        _viewers += other._viewers;
        _responses += other._responses;
        _events += other._events;
    }

    public override string ToString() =>
        $"{_events} events received by {_viewers} viewers, which resumed {Resumes} times; streams: {string.Join(", ", _endings.Select(pair => $"{pair.Value} {pair.Key}"))}";
}
