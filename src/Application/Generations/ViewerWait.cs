using SseStreaming.Domain;

namespace SseStreaming.Application.Generations;

/// <summary>Waits until a stream has a viewer on any node, before a generation that costs money is continued.</summary>
internal sealed class ViewerWait(StreamId streamId, GenerationServices services)
{
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void ViewersChanged() => _changed.TrySetResult();

    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            // Renewed before the count is read, so that a change in between ends the wait.
            var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _changed = changed;
            if (services.Viewers.Count(streamId) > 0 || await services.HasViewersElsewhereAsync(streamId, fallback: false))
                return;
            await changed.Task.WaitAsync(services.Options.Lease, services.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
