namespace SseStreaming.Testing;

/// <summary>
/// Where <c>SSE_TEST_LOGS</c> names a folder, every server that a test starts leaves there all that it logged, at its most
/// talkative. <c>.ci/secrets.py</c> searches that for what must not be in any log.
/// </summary>
public static class ServerLogs
{
    private const string Variable = "SSE_TEST_LOGS";

    /// <summary>A new file, named for the kind of server; null if nobody asked for it.</summary>
    public static string? NewFile(string kind) => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder
        ? Path.Combine(Directory.CreateDirectory(folder).FullName, $"{kind}-{Guid.NewGuid():N}.log")
        : null;
}
