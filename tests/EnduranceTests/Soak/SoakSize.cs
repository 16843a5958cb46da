using System.Globalization;

namespace SseStreaming.EnduranceTests.Soak;

/// <summary>
/// The length of the soak test and its number of viewers: 3 minutes and 2,000 in CI (<c>CI=true</c>), a short run otherwise.
/// <c>SSE_TEST_SOAK</c> (a TimeSpan, <c>00:30:00</c>) and <c>SSE_TEST_SOAK_VIEWERS</c> override them.
/// </summary>
internal sealed record SoakSize(TimeSpan Length, int Viewers)
{
    /// <summary>In a shorter run the server is still warming up, so its memory is printed but not checked.</summary>
    private static readonly TimeSpan ShortestJudged = TimeSpan.FromMinutes(2);

    public bool IsJudged => Length >= ShortestJudged;

    /// <summary>The interval between readings of the server's resource usage.</summary>
    public TimeSpan Interval => TimeSpan.FromSeconds(Math.Clamp(Length.TotalSeconds / 60, 1, 10));

    public static SoakSize FromEnvironment()
    {
        var defaults = Environment.GetEnvironmentVariable("CI") == "true"
            ? new SoakSize(TimeSpan.FromMinutes(3), 2000)
            // Long enough for the shortest streams to end after a restart.
            : new SoakSize(TimeSpan.FromSeconds(25), 300);
        var length = Environment.GetEnvironmentVariable("SSE_TEST_SOAK");
        var viewers = Environment.GetEnvironmentVariable("SSE_TEST_SOAK_VIEWERS");
        return new SoakSize(
            string.IsNullOrEmpty(length) ? defaults.Length : TimeSpan.Parse(length, CultureInfo.InvariantCulture),
            string.IsNullOrEmpty(viewers) ? defaults.Viewers : int.Parse(viewers, CultureInfo.InvariantCulture));
    }
}
