namespace SseStreaming.Testing;

/// <summary>
/// Stands in prompts, keys, tokens, texts, and in whatever else clients send in tests: no log may hold it, and no answer but that
/// of the stream itself. <c>.ci/secrets.py</c> looks for it.
/// </summary>
public static class Canary
{
    public const string Word = "Zq7RvX2k";
}
