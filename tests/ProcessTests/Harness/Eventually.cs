using System.Diagnostics;

namespace SseStreaming.ProcessTests.Harness;

/// <summary>Waits on facts. The limit only ends a test that has failed; no test passes because of it.</summary>
internal static class Eventually
{
    /// <summary>Generous: processes start here, on machines that have other things to do.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    public static Task Happens(Func<bool> fact, string what) => Happens(() => Task.FromResult(fact()), what);

    public static async Task Happens(Func<Task<bool>> fact, string what)
    {
        for (var waited = Stopwatch.StartNew(); !await fact(); await Pass(Interval))
        {
            if (waited.Elapsed > Limit)
                Assert.Fail($"Within {Limit} this did not happen: {what}.");
        }
    }

    /// <summary>Lets time pass: to come to a moment, never to hope that something has happened by then.</summary>
    public static Task Pass(TimeSpan time) => Task.Delay(time, TimeProvider.System);
}
