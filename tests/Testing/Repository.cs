namespace SseStreaming.Testing;

public static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "SseStreaming.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("These tests run from a clone of the repository.");
        return folder.FullName;
    }
}
