using System.Diagnostics.Tracing;
using System.Globalization;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Parsers;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;

namespace SseStreaming.EnduranceTests.Soak;

/// <summary>Reads the resource usage of another .NET process.</summary>
internal static class ProcessMeter
{
    private static readonly EventPipeProvider Collection = new(
        ClrTraceEventParser.ProviderName, EventLevel.Informational,
        (long)(ClrTraceEventParser.Keywords.GC | ClrTraceEventParser.Keywords.GCHeapCollect));

    public static async Task<(long Heap, long Resident, int Handles)> ReadAsync(int process)
    {
        var heap = await Task.Run(() => CollectAsync(process)).WaitAsync(Eventually.Limit);
        var status = await File.ReadAllLinesAsync($"/proc/{process}/status");
        var resident = status.First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2];
        return (heap, long.Parse(resident, CultureInfo.InvariantCulture) * 1024, Directory.GetFiles($"/proc/{process}/fd").Length);
    }

    /// <summary>Triggers a full garbage collection in the process, and returns the size of the heap after it.</summary>
    private static async Task<long> CollectAsync(int process)
    {
        using var session = new DiagnosticsClient(process).StartEventPipeSession([Collection], requestRundown: false);
        using var source = new EventPipeEventSource(session.EventStream);
        var left = new List<long>();
        var stopped = Task.CompletedTask;
        var isFull = false;
        source.Clr.GCStart += start => isFull = start is { Depth: 2, Reason: GCReason.Induced };
        source.Clr.GCHeapStats += stats =>
        {
            if (!isFull || left.Count > 0)
                return;
            left.Add(stats.TotalHeapSize);
            // Not awaited here, because it completes only after this thread has read the pending events.
            stopped = session.StopAsync(CancellationToken.None);
        };
        source.Process();
        await stopped;
        return left.Count > 0 ? left[0] : throw new InvalidOperationException("The process ended before it had collected its garbage.");
    }
}
