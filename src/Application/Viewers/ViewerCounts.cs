using SseStreaming.Domain;

namespace SseStreaming.Application.Viewers;

/// <summary>How many viewers each stream has on this server.</summary>
internal sealed class ViewerCounts
{
    private readonly Dictionary<StreamId, int> _counts = [];
    private readonly Lock _gate = new();
    private TaskCompletionSource? _none;
    private int _total;

    /// <summary>How many there are.</summary>
    public int Total
    {
        get
        {
            lock (_gate)
                return _total;
        }
    }

    public int Of(StreamId stream)
    {
        lock (_gate)
            return _counts.GetValueOrDefault(stream);
    }

    /// <summary>Counts a viewer until the result is disposed; <paramref name="changed"/> runs then, after the count fell.</summary>
    public IDisposable Enter(StreamId stream, Action<StreamId> changed)
    {
        lock (_gate)
        {
            _counts[stream] = _counts.GetValueOrDefault(stream) + 1;
            _total++;
        }
        return new Presence(this, stream, changed, isViewer: true);
    }

    /// <summary>
    /// Counts one more for each stream that has viewers now, until that is disposed: for viewers who leave to come back. It is
    /// none of the total.
    /// </summary>
    public List<IDisposable> HoldAll(Action<StreamId> changed)
    {
        lock (_gate)
        {
            var streams = _counts.Keys.ToList();
            streams.ForEach(stream => _counts[stream]++);
            return streams.ConvertAll(IDisposable (stream) => new Presence(this, stream, changed, isViewer: false));
        }
    }

    /// <summary>Completes when there are none.</summary>
    public Task WhenNoneAsync()
    {
        lock (_gate)
        {
            if (_total == 0)
                return Task.CompletedTask;
            _none ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _none.Task;
        }
    }

    private void Leave(StreamId stream, bool isViewer)
    {
        lock (_gate)
        {
            if (--_counts[stream] == 0)
                _counts.Remove(stream);
            if (isViewer && --_total == 0)
            {
                _none?.SetResult();
                _none = null;
            }
        }
    }

    private sealed class Presence(ViewerCounts counts, StreamId stream, Action<StreamId> changed, bool isViewer) : IDisposable
    {
        private bool _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, true))
                return;
            counts.Leave(stream, isViewer);
            changed(stream);
        }
    }
}
