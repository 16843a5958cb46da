using NUnit.Framework;

namespace SseStreaming.Testing;

/// <summary>Polls until a condition is true. The limit only ends a test that has failed; no test passes because of it.</summary>
public static class Eventually
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    public static Task Happens(Func<bool> fact, string what) => Happens(() => Task.FromResult(fact()), what);

    public static async Task Happens(Func<Task<bool>> fact, string what)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!await fact())
        {
            if (TimeProvider.System.GetElapsedTime(since) > Limit)
                Assert.Fail($"Within {Limit} this did not happen: {what}.");
            await Task.Delay(Interval, TimeProvider.System);
        }
    }
}
