using System.Diagnostics;

namespace SseStreaming.IntegrationTests.Harness;

/// <summary>Waits on facts. The limit only ends a test that has failed; no test passes because of it.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    public static Task Happens(Func<bool> fact, string what) => Happens(() => Task.FromResult(fact()), what);

    public static async Task Happens(Func<Task<bool>> fact, string what)
    {
        for (var waited = Stopwatch.StartNew(); !await fact(); await Task.Delay(Interval, TimeProvider.System))
        {
            if (waited.Elapsed > Limit)
                Assert.Fail($"Within {Limit} this did not happen: {what}.");
        }
    }
}
