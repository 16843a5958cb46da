using System.Net.Sockets;

namespace SseStreaming.Benchmarks.Load;

/// <summary>Many viewers of paced streams.</summary>
internal sealed class LoadViewers : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly List<LightViewer> _viewers = [];
    private readonly List<Task> _reading = [];

    public IReadOnlyList<LightViewer> Viewers => _viewers;

    public static async Task<LoadViewers> GatherAsync(ServerProcess server, int count, LoadRequest request, Func<LightViewer> create)
    {
        var viewers = new LoadViewers();
        for (var i = 0; i < count; i++)
        {
            var viewer = create();
            await viewer.ConnectAsync(server.Address, request);
            viewers._viewers.Add(viewer);
            viewers._reading.Add(ReadAsync(viewer, viewers._end.Token));
        }
        // The measurement excludes the cost of connecting.
        while (viewers._viewers.Exists(viewer => viewer.Events < 3))
            await Task.Delay(20);
        await Task.Delay(1000);
        viewers._viewers.ForEach(viewer => viewer.BeginNotes());
        return viewers;
    }

    /// <summary>Returns the processor time of the server and the number of events received in a time span.</summary>
    public async Task<(TimeSpan Cpu, long Events)> ObserveAsync(ServerProcess server, TimeSpan span)
    {
        var (cpu, events) = (server.Cpu, Count());
        await Task.Delay(span);
        return (server.Cpu - cpu, Count() - events);
    }

    public void Reset() => _viewers.ForEach(viewer => viewer.Reset());

    /// <summary>Stops reading, so that no more arrivals are recorded.</summary>
    public async Task StopReadingAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_reading);
    }

    public async ValueTask DisposeAsync()
    {
        await StopReadingAsync();
        _viewers.ForEach(viewer => viewer.Dispose());
        _end.Dispose();
    }

    private long Count() => _viewers.Sum(viewer => (long)viewer.Events);

    private static async Task ReadAsync(LightViewer viewer, CancellationToken cancellationToken)
    {
        try
        {
            await viewer.ReadAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }
}
