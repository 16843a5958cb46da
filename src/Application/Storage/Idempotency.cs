namespace SseStreaming.Application.Storage;

/// <summary>A client's <c>Idempotency-Key</c> or name for a stream, and the digest of its first request.</summary>
/// <param name="Key">Unique in the store: it includes the subject, so that two subjects can use the same key.</param>
public sealed record Idempotency(string Key, string RequestDigest)
{
    /// <summary>Makes a key unique among subjects. A key has no spaces, so the result is unambiguous.</summary>
    internal static string ScopeKey(string? subject, string key) => subject is null ? key : $"{subject} {key}";

    /// <summary>The same for the name of a stream. It ends with a space, as no scoped key does.</summary>
    internal static string ScopeName(string? subject, string name) => $"{ScopeKey(subject, name)} ";
}
