using System.Text.Json;
using Microsoft.Playwright;

namespace SseStreaming.BrowserTests.Testing;

/// <summary>The responsiveness of a page, in milliseconds: tasks longer than 50 ms, and the time between two frames.</summary>
internal sealed record Smoothness(double[] LongTasks, double[] Frames)
{
    /// <summary>Records from the start of each page; <see cref="TakeAsync"/> reads and resets the record.</summary>
    public const string Recorder = """
        (() => {
          const record = globalThis.smoothness = { longTasks: [], frames: [] };
          new PerformanceObserver(list => record.longTasks.push(...list.getEntries().map(entry => entry.duration))).observe({ type: 'longtask' });
          let before;
          const frame = now => {
            if (before !== undefined) record.frames.push(now - before);
            before = now;
            requestAnimationFrame(frame);
          };
          requestAnimationFrame(frame);
        })();
        """;

    public double LongestTask => LongTasks.DefaultIfEmpty().Max();

    public int FramesOver(double milliseconds) => Frames.Count(frame => frame > milliseconds);

    /// <summary>Returns what was recorded since the previous call, and resets the record.</summary>
    public static async Task<Smoothness> TakeAsync(IPage page)
    {
        var record = await page.EvaluateAsync<JsonElement>("() => ({ longTasks: smoothness.longTasks.splice(0), frames: smoothness.frames.splice(0) })");
        return new Smoothness(Numbers("longTasks"), Numbers("frames"));

        double[] Numbers(string name) => [.. record.GetProperty(name).EnumerateArray().Select(number => number.GetDouble())];
    }

    public override string ToString() => FormattableString.Invariant(
        $"{LongTasks.Length} tasks over 50 ms, the longest {LongestTask:0} ms, {LongTasks.Sum():0} ms together; {Frames.Length} frames in {Frames.Sum() / 1000:0.0} s, {FramesOver(50)} later than 50 ms, {FramesOver(100)} than 100 ms, the latest {Frames.DefaultIfEmpty().Max():0} ms");
}
