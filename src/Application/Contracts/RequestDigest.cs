using System.Security.Cryptography;
using System.Text.Json;
using SseStreaming.Application.Generations;

namespace SseStreaming.Application.Contracts;

/// <summary>Digests that are equal for equal requests.</summary>
internal static class RequestDigest
{
    /// <summary>The digest of a request as it was sent, for its idempotency key.</summary>
    public static string Compute(StartRequest request)
    {
        var options = request.Options.OrderBy(option => option.Key, StringComparer.Ordinal)
            .Select(option => (string[])[option.Key, option.Value.Text]);
        object?[] parts = [request.Source, request.Prompt, Flatten(request.Messages), request.OnDisconnect.ToString(), options];
        // Without labels the digest is that of older versions, which may be in the store.
        return Hash(request.Thread is null && request.Properties is null ? parts : [.. parts, request.Thread, request.Properties]);
    }

    /// <summary>The digest of the configuration of a stream that clients write; for an idempotency key also of its first texts.</summary>
    public static string Compute(ExternalStart start)
    {
        object?[] parts = [ExternalSource.Name, start.Thread, start.Properties, start.TimeToLive?.Ticks, start.Expires?.UtcTicks];
        return Hash(start.IdempotencyKey is null ? parts : [.. parts, start.Ends, .. start.Texts]);
    }

    /// <summary>The digest of a request to a shared source, with its defaults: a default that is sent or left out makes no difference.</summary>
    public static string ComputeShared(string source, GenerationRequest request)
    {
        var options = request.Options.Values.OrderBy(option => option.Key, StringComparer.Ordinal).Select(option => (object[])[option.Key, option.Value]);
        return Hash([source, request.Prompt, Flatten(request.Messages), options]);
    }

    private static IEnumerable<string> Flatten(IReadOnlyList<ConversationMessage> messages) =>
        messages.SelectMany(message => (string[])[message.Role.ToString(), message.Content]);

    private static string Hash(object?[] parts) => Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(parts)));
}
