using SseStreaming.Domain;

namespace SseStreaming.Application.Streams;

/// <summary>How many viewers each stream has on this server.</summary>
internal sealed class ViewerCounts
{
    private readonly Dictionary<StreamId, int> _counts = [];
    private readonly Lock _gate = new();

    public int Of(StreamId stream)
    {
        lock (_gate)
            return _counts.GetValueOrDefault(stream);
    }

    /// <summary>Counts a viewer until the result is disposed; <paramref name="changed"/> runs then, after the count fell.</summary>
    public IDisposable Enter(StreamId stream, Action<StreamId> changed)
    {
        lock (_gate)
            _counts[stream] = _counts.GetValueOrDefault(stream) + 1;
        return new Presence(this, stream, changed);
    }

    private void Leave(StreamId stream)
    {
        lock (_gate)
        {
            if (--_counts[stream] == 0)
                _counts.Remove(stream);
        }
    }

    private sealed class Presence(ViewerCounts counts, StreamId stream, Action<StreamId> changed) : IDisposable
    {
        private bool _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, true))
                return;
            counts.Leave(stream);
            changed(stream);
        }
    }
}
