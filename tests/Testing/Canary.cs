namespace SseStreaming.Testing;

/// <summary>
/// Part of prompts, keys, tokens, texts, and other data that clients send in tests. No log may contain it, and no response except
/// the stream itself; <c>.ci/secrets.py</c> searches for it.
/// </summary>
public static class Canary
{
    public const string Word = "Zq7RvX2k";
}
