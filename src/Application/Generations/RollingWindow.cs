namespace SseStreaming.Application.Generations;

/// <summary>
/// Says which events of a stream without end are to go, so that about the newest <paramref name="events"/> stay, and no more than
/// <paramref name="characters"/> of text.
/// </summary>
internal sealed class RollingWindow(long events, long characters)
{
    /// <summary>The window moves in steps of this part of it: one trim for many appends, and few marks to remember.</summary>
    private const int Steps = 16;

    private readonly Queue<Step> _steps = new();
    private Step _growing;
    private long _stepped;
    private long _first = 1;
    private long _characters;

    /// <summary>Takes note of an append; the result is the sequence before which everything is to be dropped, or null for nothing.</summary>
    public long? Appended(long last, long length)
    {
        _characters += length;
        _growing = new Step(last, _growing.Characters + length);
        if (last - _stepped >= Math.Max(1, events / Steps) || _growing.Characters >= Math.Max(1, characters / Steps))
        {
            _steps.Enqueue(_growing);
            _stepped = last;
            _growing = default;
        }
        return Drop(last);
    }

    private long? Drop(long last)
    {
        var before = _first;
        // The newest step stays, however large it is.
        while (_steps.Count > 1 && (last - _first + 1 > events || _characters > characters))
        {
            var step = _steps.Dequeue();
            _first = step.Last + 1;
            _characters -= step.Characters;
        }
        return _first > before ? _first : null;
    }

    /// <param name="Last">Sequence of its last event.</param>
    /// <param name="Characters">Length of its text.</param>
    private readonly record struct Step(long Last, long Characters);
}
