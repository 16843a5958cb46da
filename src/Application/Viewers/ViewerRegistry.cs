using SseStreaming.Domain;

namespace SseStreaming.Application.Viewers;

/// <summary>The number of viewers of each stream on this node.</summary>
internal sealed class ViewerRegistry
{
    private readonly Dictionary<StreamId, int> _counts = [];
    private readonly Lock _gate = new();
    private TaskCompletionSource? _empty;
    private int _total;

    /// <summary>The number of viewers of all streams.</summary>
    public int Total
    {
        get
        {
            lock (_gate)
                return _total;
        }
    }

    public int Count(StreamId streamId)
    {
        lock (_gate)
            return _counts.GetValueOrDefault(streamId);
    }

    /// <summary>Counts a viewer until the result is disposed; <paramref name="changed"/> is called after that.</summary>
    public IDisposable Register(StreamId streamId, Action<StreamId> changed)
    {
        lock (_gate)
        {
            _counts[streamId] = _counts.GetValueOrDefault(streamId) + 1;
            _total++;
        }
        return new ViewerRegistration(this, streamId, changed, isViewer: true);
    }

    /// <summary>
    /// Counts one more viewer for each stream that has viewers now, until the result is disposed: for viewers that reconnect. It does not
    /// count in the total.
    /// </summary>
    public List<IDisposable> RetainAll(Action<StreamId> changed)
    {
        lock (_gate)
        {
            var streams = _counts.Keys.ToList();
            streams.ForEach(streamId => _counts[streamId]++);
            return streams.ConvertAll(IDisposable (streamId) => new ViewerRegistration(this, streamId, changed, isViewer: false));
        }
    }

    /// <summary>Completes when there are no viewers.</summary>
    public Task WhenEmptyAsync()
    {
        lock (_gate)
        {
            if (_total == 0)
                return Task.CompletedTask;
            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _empty.Task;
        }
    }

    private void Remove(StreamId streamId, bool isViewer)
    {
        lock (_gate)
        {
            if (--_counts[streamId] == 0)
                _counts.Remove(streamId);
            if (isViewer && --_total == 0)
            {
                _empty?.SetResult();
                _empty = null;
            }
        }
    }

    private sealed class ViewerRegistration(ViewerRegistry registry, StreamId streamId, Action<StreamId> changed, bool isViewer) : IDisposable
    {
        private bool _isDisposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, true))
                return;
            registry.Remove(streamId, isViewer);
            changed(streamId);
        }
    }
}
