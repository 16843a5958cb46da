using SseStreaming.Domain;

namespace SseStreaming.Application.Generations;

/// <summary>Abandons a generation that has had no viewer on any node for the grace.</summary>
/// <param name="streamId">The stream whose viewers count.</param>
/// <param name="continueUnviewed">True if the generation runs to its end without viewers.</param>
/// <param name="services">The services of the generation.</param>
/// <param name="abandon">Called at most once, when the grace has elapsed.</param>
internal sealed class GracePeriod(StreamId streamId, bool continueUnviewed, GenerationServices services, Action abandon) : IDisposable
{
    private readonly Lock _gate = new();
    private bool _continueUnviewed = continueUnviewed;
    private bool _isOver;
    private ITimer? _timer;

    /// <summary>
    /// False if the generation is abandoned or has ended, so another request can't join it. The caller must be registered as a viewer
    /// before the call, so that the grace can't elapse in between.
    /// </summary>
    public bool TryJoin(bool continueUnviewed)
    {
        lock (_gate)
        {
            _continueUnviewed |= continueUnviewed;
            return !_isOver;
        }
    }

    /// <summary>Starts the grace when the last viewer has left, and stops it when there is one again.</summary>
    public void ViewersChanged()
    {
        lock (_gate)
        {
            if (_continueUnviewed || _isOver)
                return;
            if (services.Viewers.Count(streamId) > 0)
            {
                _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                return;
            }
            _timer ??= services.Time.CreateTimer(
                static self => _ = ((GracePeriod)self!).OnElapsedAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(services.Options.Grace, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Called when the generation has ended.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            _timer?.Dispose();
        }
    }

    private async Task OnElapsedAsync()
    {
        if (services.Viewers.Count(streamId) > 0)
            return;
        var hasViewersElsewhere = await services.HasViewersElsewhereAsync(streamId, fallback: true);
        lock (_gate)
        {
            if (_isOver || _continueUnviewed || services.Viewers.Count(streamId) > 0)
                return;
            if (hasViewersElsewhere)
            {
                // A node that dies reports nothing when its viewers leave, so they are counted again.
                _timer!.Change(services.Options.Lease, Timeout.InfiniteTimeSpan);
                return;
            }
            _isOver = true;
            abandon();
        }
    }
}
