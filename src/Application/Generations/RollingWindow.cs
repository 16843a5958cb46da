using SseStreaming.Domain;

namespace SseStreaming.Application.Generations;

/// <summary>
/// Decides which events of a stream without an end are dropped, so that about the newest <paramref name="events"/> stay, with at most
/// <paramref name="characters"/> characters.
/// </summary>
internal sealed class RollingWindow(long events, long characters)
{
    /// <summary>The window moves in steps of this fraction of its size, so that many appends need one trim.</summary>
    private const int Steps = 16;

    private readonly Queue<Step> _steps = new();
    private Step _growing;
    private long _stepped;
    private long _first = 1;
    private long _characters;

    /// <summary>Records the events that an earlier node appended, as if all had the same length.</summary>
    public void RecordStored(StreamExtent extent, double charactersPerEvent)
    {
        _first = extent.First;
        var step = Math.Max(1, events / Steps);
        for (var first = extent.First; first <= extent.Last; first += step)
        {
            var last = Math.Min(first + step - 1, extent.Last);
            // What it would drop, the next append drops.
            RecordAppend(last, (long)((last - first + 1) * charactersPerEvent));
        }
    }

    /// <summary>Records an append. The result is the first sequence to keep, or null if nothing has to be dropped.</summary>
    public long? RecordAppend(long last, long length)
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
        // The newest step always stays.
        while (_steps.Count > 1 && (last - _first + 1 > events || _characters > characters))
        {
            var step = _steps.Dequeue();
            _first = step.Last + 1;
            _characters -= step.Characters;
        }
        return _first > before ? _first : null;
    }

    /// <param name="Last">Sequence of the last event.</param>
    /// <param name="Characters">Length of the text.</param>
    private readonly record struct Step(long Last, long Characters);
}
