using SseStreaming.Application.Common;
using SseStreaming.AspNetCore.Auth;

namespace SseStreaming.AspNetCore.Streaming;

/// <summary>
/// How long an event stream's response may last: until the client disconnects, the server redirects its viewers, the token or grant
/// expires, or the response reaches its maximum age.
/// </summary>
internal sealed class ResponseLifetime : Deadline, IDisposable
{
    private readonly DeadlineQueue _deadlines;
    private readonly CancellationTokenSource _ended;
    private readonly CancellationToken _viewerShutdown;
    private readonly CancellationToken _requestAborted;
    private readonly bool _endsByAccess;

    public ResponseLifetime(
        HttpContext context, TimeSpan maxAge, TimeProvider time, DeadlineQueue deadlines, CancellationToken viewerShutdown, CancellationToken requestAborted)
    {
        _deadlines = deadlines;
        _viewerShutdown = viewerShutdown;
        _requestAborted = requestAborted;
        // The shutdown token is not linked: viewers are always redirected before it is cancelled.
        _ended = CancellationTokenSource.CreateLinkedTokenSource(requestAborted, viewerShutdown);
        // Randomised by a tenth, so that responses that began together do not end together.
        TimeSpan? age = maxAge > TimeSpan.Zero ? maxAge * (0.9 + (0.2 * Random.Shared.NextDouble())) : null;
        var access = AccessExpiry.Left(context, time);
        _endsByAccess = access is not null && (age is null || access <= age);
        if ((_endsByAccess ? access : age) is { } left)
            deadlines.Add(this, time.GetTimestamp() + DeadlineQueue.ToTicks(time, left));
    }

    public CancellationToken Token => _ended.Token;

    /// <summary>Why the lifetime has ended.</summary>
    public ViewerEnd End =>
        _requestAborted.IsCancellationRequested ? ViewerEnd.ClientDisconnected
        : _viewerShutdown.IsCancellationRequested ? ViewerEnd.Stopping
        : _endsByAccess ? ViewerEnd.AccessExpired
        : ViewerEnd.ConnectionAgeReached;

    public Task CancelAsync() => _ended.CancelAsync();

    public void Dispose()
    {
        _deadlines.Remove(this);
        _ended.Dispose();
    }

    protected internal override long OnDue(long now)
    {
        _ = _ended.CancelAsync();
        return Never;
    }
}
