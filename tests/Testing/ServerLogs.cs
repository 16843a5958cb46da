namespace SseStreaming.Testing;

/// <summary>
/// If <c>SSE_TEST_LOGS</c> names a folder, every server that a test starts writes its log there, at the lowest level.
/// <c>.ci/secrets.py</c> searches these files for text that must not be in any log.
/// </summary>
public static class ServerLogs
{
    private const string Variable = "SSE_TEST_LOGS";

    /// <summary>The path of a new file, named after the kind of server; null if the variable is not set.</summary>
    public static string? NewFile(string kind) => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder
        ? Path.Combine(Directory.CreateDirectory(folder).FullName, $"{kind}-{Guid.NewGuid():N}.log")
        : null;
}
