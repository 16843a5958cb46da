namespace SseStreaming.UnitTests.Support;

/// <summary>Tests wait on facts. The limit only ends a test whose fact never comes.</summary>
internal static class Waiting
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static Task Soon(this Task task) => task.WaitAsync(Limit);

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Limit);

    public static Task<T> Soon<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Limit);

    public static Task Soon(this ValueTask task) => task.AsTask().WaitAsync(Limit);

    /// <summary>For a fact that nothing announces.</summary>
    public static async Task Until(Func<bool> fact, string description)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!fact())
        {
            if (TimeProvider.System.GetElapsedTime(begun) > Limit)
                Assert.Fail($"It never came about that {description}.");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }
}
