namespace SseStreaming.EnduranceTests.Soak;

/// <summary>Totals of all viewers.</summary>
internal sealed class SoakSummary
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, int> _endings = new(StringComparer.Ordinal);
    private long _events;
    private long _visits;
    private long _resumes;

    public void Add(Viewer viewer)
    {
        var ending = viewer.HasEnded ? viewer.Ending.Type : "left";
        lock (_gate)
        {
            _visits++;
            _events += viewer.Count;
            _resumes += viewer.Responses - 1;
            _endings[ending] = _endings.GetValueOrDefault(ending) + 1;
        }
    }

    public int Count(string ending) => _endings.GetValueOrDefault(ending);

    public long Resumes => _resumes;

    public override string ToString() =>
        $"{_visits} visits, {_events} events, {_resumes} resumes; ended: {string.Join(", ", _endings.Select(pair => $"{pair.Value} {pair.Key}"))}";
}
