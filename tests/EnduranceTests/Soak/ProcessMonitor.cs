namespace SseStreaming.EnduranceTests.Soak;

/// <summary>Reads the resource usage of a server from its restart to the end, and checks that it stays flat.</summary>
internal sealed class ProcessMonitor
{
    private const double MiB = 1024 * 1024;

    private readonly List<(TimeSpan At, long Heap, long Resident, int Handles)> _readings = [];

    /// <summary>Reads until cancelled.</summary>
    public async Task RunAsync(int process, TimeSpan interval, CancellationToken cancellationToken)
    {
        var begun = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(interval, TimeProvider.System);
        while (!cancellationToken.IsCancellationRequested)
        {
            var (heap, resident, handles) = await ProcessMeter.ReadAsync(process);
            _readings.Add((TimeProvider.System.GetElapsedTime(begun), heap, resident, handles));
            await ((Task)timer.WaitForNextTickAsync(cancellationToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// A quantity is flat if its growth after the warm-up does not exceed the variation of the load. In 3 minutes 2,000 viewers receive about
    /// 30,000 responses: a leak of 300 bytes per response would exceed the limit of the heap; in half an hour, a leak of 30 bytes.
    /// </summary>
    /// <param name="warmUp">The fraction of the time that is excluded.</param>
    /// <param name="isJudged">False to print the readings without a check.</param>
    public async Task CheckAsync(double warmUp, bool isJudged)
    {
        var warm = _readings.Where(reading => reading.At >= _readings[^1].At * warmUp).ToList();
        var heap = TrendOf("managed heap after a collection, MiB", reading => reading.Heap, MiB);
        var resident = TrendOf("resident memory, MiB", reading => reading.Resident, MiB);
        var handles = TrendOf("handles", reading => reading.Handles);
        await TestContext.Out.WriteLineAsync($"over {warm[^1].At - warm[0].At:hh\\:mm\\:ss} after the warm-up, in {warm.Count} readings:\n  {heap}\n  {resident}\n  {handles}");
        if (!isJudged)
            return;
        Assert.Multiple(() =>
        {
            Assert.That(heap.Drift, Is.LessThan((heap.Median * 0.1) + (2 * MiB)), $"{heap}");
            Assert.That(resident.Drift, Is.LessThan((resident.Median * 0.1) + (8 * MiB)), $"{resident}");
            Assert.That(handles.Drift, Is.LessThan((handles.Median * 0.05) + 10), $"{handles}");
        });

        Trend TrendOf(string name, Func<(TimeSpan At, long Heap, long Resident, int Handles), double> value, double unit = 1) =>
            new(name, warm.ConvertAll(reading => (reading.At, value(reading))), unit);
    }
}
