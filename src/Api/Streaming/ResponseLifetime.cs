using SseStreaming.Api.Auth;

namespace SseStreaming.Api.Streaming;

/// <summary>
/// How long an event stream's response may last: until the client disconnects, the server redirects its viewers, the token or grant
/// expires, or the response reaches its maximum age.
/// </summary>
internal sealed class ResponseLifetime : IDisposable
{
    private readonly CancellationTokenSource? _age;
    private readonly CancellationTokenSource? _access;
    private readonly CancellationTokenSource _ended;
    private readonly CancellationToken _viewerShutdown;
    private readonly CancellationToken _requestAborted;

    public ResponseLifetime(
        HttpContext context, TimeSpan maxAge, TimeProvider time, CancellationToken viewerShutdown, CancellationToken requestAborted)
    {
        _viewerShutdown = viewerShutdown;
        _requestAborted = requestAborted;
        // Randomised by a tenth, so that responses that began together do not end together.
        _age = maxAge > TimeSpan.Zero ? new CancellationTokenSource(maxAge * (0.9 + (0.2 * Random.Shared.NextDouble())), time) : null;
        _access = AccessExpiry.Left(context, time) is { } left ? new CancellationTokenSource(left, time) : null;
        // The shutdown token is not linked: viewers are always redirected before it is cancelled.
        _ended = CancellationTokenSource.CreateLinkedTokenSource(
            requestAborted, viewerShutdown, _age?.Token ?? CancellationToken.None, _access?.Token ?? CancellationToken.None);
    }

    public CancellationToken Token => _ended.Token;

    /// <summary>Why the lifetime has ended.</summary>
    public ViewerEnd End =>
        _requestAborted.IsCancellationRequested ? ViewerEnd.ClientDisconnected
        : _viewerShutdown.IsCancellationRequested ? ViewerEnd.Stopping
        : _access is { IsCancellationRequested: true } ? ViewerEnd.AccessExpired
        : ViewerEnd.ConnectionAgeReached;

    public Task CancelAsync() => _ended.CancelAsync();

    public void Dispose()
    {
        _ended.Dispose();
        _access?.Dispose();
        _age?.Dispose();
    }
}
