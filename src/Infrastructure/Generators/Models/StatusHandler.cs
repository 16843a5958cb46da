namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>Throws for an answer with a failed status, before a client of the model reads it.</summary>
internal sealed class StatusHandler(HttpMessageHandler inner, TimeProvider time) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
        {
            throw new UpstreamStatusException(response.StatusCode, RetryAfter.From(
                name => response.Headers.TryGetValues(name, out var values) ? values.First() : null, time));
        }
    }
}
