using System.Text.Json;

namespace SseStreaming.Client;

/// <summary>Opens streams of one server.</summary>
/// <param name="http">
/// Sends the requests. Its <see cref="HttpClient.BaseAddress"/> is that of the server, with the path prefix if there is one; its default
/// headers or a handler add the access token.
/// </param>
/// <param name="options">Default values if null.</param>
public sealed class TextStreamClient(HttpClient http, TextStreamOptions? options = null)
{
    private readonly ServerConnector _server = new(http, options ?? new TextStreamOptions());

    /// <summary>
    /// Starts a generation when the result is read, with <c>POST /sse</c>. A request whose answer was lost is repeated with the same
    /// idempotency key, and joins the generation that the first one started.
    /// </summary>
    /// <param name="request">Sent as JSON: <c>source</c>, <c>prompt</c> or <c>messages</c>, and the options of the source.</param>
    /// <param name="idempotencyKey">At most 255 printable ASCII characters; a random one if null.</param>
    public TextStream Start(object request, string? idempotencyKey = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        var body = JsonSerializer.SerializeToUtf8Bytes(request, request.GetType(), JsonSerializerOptions.Web);
        return new TextStream(_server, new StartOfStream(body, idempotencyKey ?? Guid.NewGuid().ToString("N")));
    }

    /// <summary>Reads a stream, from its first event or after one, then live.</summary>
    /// <param name="streamId">Id of the stream.</param>
    /// <param name="lastEventId">Id of the last event that the caller has; null for all events.</param>
    public TextStream Open(string streamId, string? lastEventId = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(streamId);
        return new TextStream(_server, streamId, lastEventId);
    }

    /// <summary>Stops a generation, and returns when its stream has ended. A stream that has ended stays as it is.</summary>
    /// <exception cref="TextStreamException">The server refused, or did not confirm within the time limit.</exception>
    public Task StopAsync(string streamId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(streamId);
        return _server.StopAsync(streamId, cancellationToken);
    }

    /// <summary>The passage that a stream has now, with its line ends unchanged.</summary>
    /// <exception cref="TextStreamException">The server refused, or could not be reached.</exception>
    public Task<string> ReadTextAsync(string streamId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(streamId);
        return _server.ReadTextAsync(streamId, cancellationToken);
    }
}
