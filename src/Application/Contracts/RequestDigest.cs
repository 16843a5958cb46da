using System.Security.Cryptography;
using System.Text.Json;
using SseStreaming.Application.Generations;

namespace SseStreaming.Application.Contracts;

/// <summary>Digests by which two requests are the same.</summary>
internal static class RequestDigest
{
    /// <summary>Of a request as it was sent, for its idempotency key.</summary>
    public static string Compute(StartRequest request)
    {
        var options = request.Options.OrderBy(option => option.Key, StringComparer.Ordinal)
            .Select(option => (string[])[option.Key, option.Value.Text]);
        return Hash([request.Source, request.Prompt, Flatten(request.Messages), request.OnDisconnect.ToString(), options]);
    }

    /// <summary>Of what a source is asked for, complete with defaults: a default that is sent and one that is left out are the same.</summary>
    public static string ComputeShared(string source, GenerationRequest request)
    {
        var options = request.Options.Values.OrderBy(option => option.Key, StringComparer.Ordinal).Select(option => (object[])[option.Key, option.Value]);
        return Hash([source, request.Prompt, Flatten(request.Messages), options]);
    }

    private static IEnumerable<string> Flatten(IReadOnlyList<ConversationMessage> messages) =>
        messages.SelectMany(message => (string[])[message.Role.ToString(), message.Content]);

    private static string Hash(object?[] parts) => Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(parts)));
}
