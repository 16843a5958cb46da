namespace SseStreaming.Testing;

/// <summary>Categories of tests, for filters.</summary>
public static class TestCategories
{
    /// <summary>Takes minutes, or needs an otherwise idle machine. Runs with <c>-p:Tests=All</c> (CONTRIBUTING.md).</summary>
    public const string Long = "Long";
}
