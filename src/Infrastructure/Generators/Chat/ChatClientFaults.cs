using System.ClientModel;
using SseStreaming.Infrastructure.Generators.Models;

namespace SseStreaming.Infrastructure.Generators.Chat;

/// <summary>Finds the fault behind an exception of a chat client, whose own type no other client knows.</summary>
internal static class ChatClientFaults
{
    /// <param name="exception">What the client threw.</param>
    /// <param name="connectTimeout">The time limit for a connection; null if it is the client's own.</param>
    /// <param name="time">The clock for dates in headers.</param>
    public static UpstreamFault Find(Exception exception, TimeSpan? connectTimeout, TimeProvider time)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case UpstreamStatusException status:
                    return UpstreamFault.FromStatus((int)status.StatusCode!, status.RetryAfter);
                case HttpRequestException { StatusCode: { } status } when (int)status is < 200 or > 299:
                    return UpstreamFault.FromStatus((int)status, retryAfter: null);
                case ClientResultException { Status: > 0 } result:
                    return UpstreamFault.FromStatus(result.Status, RetryAfter.From(
                        name => result.GetRawResponse() is { } response && response.Headers.TryGetValue(name, out var value) ? value : null, time));
                // The client's own exception is in the way of the one that tells what failed.
                case not (IOException or OperationCanceledException or HttpRequestException) when cause.InnerException is not null:
                    continue;
                case HttpRequestException or IOException or OperationCanceledException:
                    return UpstreamFault.FromException(cause, connectTimeout) ?? UpstreamFault.CutOff(UpstreamFault.NameOf(cause));
            }
        }
        return UpstreamFault.FromException(exception, connectTimeout) ?? (exception is System.Text.Json.JsonException
            ? UpstreamFault.Garbled(UpstreamFault.NameOf(exception))
            : UpstreamFault.ErrorObject with { Cause = UpstreamFault.NameOf(exception) });
    }
}
