using NUnit.Framework;

namespace SseStreaming.Testing;

/// <summary>Waits for a fact that nothing announces.</summary>
public static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static Task TrueAsync(Func<bool> fact, string what) => TrueAsync(() => Task.FromResult(fact()), what);

    public static async Task TrueAsync(Func<Task<bool>> fact, string what)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!await fact())
        {
            if (TimeProvider.System.GetElapsedTime(since) > Limit)
                Assert.Fail($"It did not come to this within {Limit.TotalSeconds} s: {what}");
            await Task.Delay(Pause, TimeProvider.System);
        }
    }
}
