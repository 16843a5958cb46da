using System.Globalization;

namespace SseStreaming.EnduranceTests.Soak;

/// <summary>
/// How long the soak lasts and how many viewers it has: 3 minutes and 2,000 in CI (<c>CI=true</c>), a short look elsewhere, and
/// anything by <c>SSE_TEST_SOAK</c> (a TimeSpan, <c>00:30:00</c>) and <c>SSE_TEST_SOAK_VIEWERS</c>.
/// </summary>
internal sealed record SoakSize(TimeSpan Length, int Viewers)
{
    /// <summary>Below this a server is still warming up, and its memory is shown but not judged.</summary>
    private static readonly TimeSpan ShortestJudged = TimeSpan.FromMinutes(2);

    public bool IsJudged => Length >= ShortestJudged;

    /// <summary>What the server takes is read so often.</summary>
    public TimeSpan Interval => TimeSpan.FromSeconds(Math.Clamp(Length.TotalSeconds / 60, 1, 10));

    public static SoakSize FromEnvironment()
    {
        var usual = Environment.GetEnvironmentVariable("CI") == "true"
            ? new SoakSize(TimeSpan.FromMinutes(3), 2000)
            // Long enough for the shortest of streams to end after a restart.
            : new SoakSize(TimeSpan.FromSeconds(25), 300);
        var length = Environment.GetEnvironmentVariable("SSE_TEST_SOAK");
        var viewers = Environment.GetEnvironmentVariable("SSE_TEST_SOAK_VIEWERS");
        return new SoakSize(
            string.IsNullOrEmpty(length) ? usual.Length : TimeSpan.Parse(length, CultureInfo.InvariantCulture),
            string.IsNullOrEmpty(viewers) ? usual.Viewers : int.Parse(viewers, CultureInfo.InvariantCulture));
    }
}
