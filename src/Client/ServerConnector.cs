using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace SseStreaming.Client;

/// <summary>Sends the requests to one server. All errors except a cancellation are <see cref="TextStreamException"/>s.</summary>
internal sealed class ServerConnector(HttpClient http, TextStreamOptions options)
{
    private const string EventStream = "text/event-stream";

    /// <summary>Maximum bytes that are read of a refusal.</summary>
    private const int MaxProblemBytes = 64 * 1024;

    private const int MaxStopAttempts = 5;

    public TextStreamOptions Options => options;

    /// <summary>Opens a response with events; null if no event follows the last one that the caller has (204).</summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "The result disposes of the response.")]
    public async Task<HttpResponseMessage?> OpenAsync(
        StartOfStream? start, string? streamId, string? lastEventId, InactivityLimit limit, CancellationToken cancellationToken)
    {
        using var request = streamId is null
            ? new HttpRequestMessage(HttpMethod.Post, GetUri("sse"))
            : new HttpRequestMessage(HttpMethod.Get, GetUri($"streams/{Uri.EscapeDataString(streamId)}/events"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(EventStream));
        request.Headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
        if (streamId is null)
        {
            request.Content = new ByteArrayContent(start!.Body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            request.Headers.Add("Idempotency-Key", start.IdempotencyKey);
        }
        if (lastEventId is not null)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);

        HttpResponseMessage? response = await SendAsync(request, limit.Current, cancellationToken).ConfigureAwait(false);
        try
        {
            if (response.StatusCode is HttpStatusCode.NoContent)
                return null;
            if (response.StatusCode is not HttpStatusCode.OK)
                throw await ReadRefusalAsync(response, cancellationToken).ConfigureAwait(false);
            if (response.Content.Headers.ContentType is not { MediaType: { } type } || !type.Equals(EventStream, StringComparison.OrdinalIgnoreCase))
                throw new TextStreamContentTypeException(response.Content.Headers.ContentType?.ToString());
            (var opened, response) = (response, null);
            return opened;
        }
        finally
        {
            response?.Dispose();
        }
    }

    public async Task StopAsync(string streamId, CancellationToken cancellationToken)
    {
        var policy = new ReconnectPolicy(options);
        var began = options.TimeProvider.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Delete, GetUri($"streams/{Uri.EscapeDataString(streamId)}"));
                using var response = await SendAsync(request, Left(), cancellationToken).ConfigureAwait(false);
                if (response.IsSuccessStatusCode)
                    return;
                throw await ReadRefusalAsync(response, cancellationToken).ConfigureAwait(false);
            }
            catch (TextStreamException exception) when (exception.IsTransient && attempt < MaxStopAttempts)
            {
                var delay = policy.GetDelay(exception, attempt);
                if (delay >= Left())
                    throw;
                await Task.Delay(delay, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }

        TimeSpan Left() => options.StopTimeout - options.TimeProvider.GetElapsedTime(began) is { Ticks: > 0 } left ? left : TimeSpan.FromTicks(1);
    }

    public async Task<string> ReadTextAsync(string streamId, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, GetUri($"streams/{Uri.EscapeDataString(streamId)}/text"));
        using var response = await SendAsync(request, options.InactivityTimeout, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode is not HttpStatusCode.OK)
            throw await ReadRefusalAsync(response, cancellationToken).ConfigureAwait(false);
        try
        {
            return await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw new TextStreamNetworkException("The connection was lost.", exception);
        }
    }

    /// <summary>Sends a request, and waits for the head of the answer.</summary>
    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(timeout, options.TimeProvider);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            // Without ResponseHeadersRead the call returns only when the whole response has arrived.
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ended.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && exception is OperationCanceledException or IOException or HttpRequestException)
        {
            if (silence.IsCancellationRequested)
                throw new TextStreamInactivityException(timeout);
            throw new TextStreamNetworkException("The server could not be reached.", exception);
        }
    }

    private async Task<TextStreamHttpException> ReadRefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var retryAfter = response.Headers.RetryAfter switch
        {
            { Delta: { } delay } => delay,
            { Date: { } date } => date - options.TimeProvider.GetUtcNow() is { Ticks: > 0 } left ? left : TimeSpan.Zero,
            _ => (TimeSpan?)null,
        };
        return new TextStreamHttpException(response.StatusCode, await ReadProblemAsync(response, cancellationToken).ConfigureAwait(false), retryAfter);
    }

    private static async Task<TextStreamProblem?> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType is not ("application/problem+json" or "application/json"))
            return null;
        try
        {
            var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using var disposed = body.ConfigureAwait(false);
            var buffer = new byte[MaxProblemBytes];
            var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            return JsonSerializer.Deserialize(buffer.AsSpan(0, length), ClientJson.Default.TextStreamProblem);
        }
        // The status decides; only its explanation is missing.
        catch (Exception exception) when (exception is IOException or HttpRequestException or JsonException)
        {
            return null;
        }
    }

    private Uri GetUri(string path)
    {
        var root = http.BaseAddress ?? throw new InvalidOperationException("The HttpClient needs a BaseAddress: the address of the server.");
        return new Uri(root.AbsolutePath.EndsWith('/') ? root : new UriBuilder(root) { Path = root.AbsolutePath + "/" }.Uri, path);
    }
}
