using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Shutdown;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Telemetry;
using SseStreaming.Application.Viewers;
using SseStreaming.Domain;

namespace SseStreaming.Application.Generations;

/// <summary>Runs the generations of this node. A generation ends with the server, not with the request that started it.</summary>
internal sealed class GenerationRunner(
    IEventStreamStore store,
    IStreamSignal signal,
    IStreamCluster cluster,
    ViewerRegistry viewers,
    Drain drain,
    IOptions<StreamsOptions> options,
    StreamMetrics metrics,
    TimeProvider time,
    ILogger<Generation> logger) : IHostedService
{
    private readonly ConcurrentDictionary<StreamId, Generation> _running = new();
    private readonly ConcurrentDictionary<string, Generation> _shared = new(StringComparer.Ordinal);
    private readonly GenerationServices _services = new(store, signal, cluster, viewers, options.Value, metrics, time, logger);
    private volatile bool _interrupting;

    /// <summary>Running generations whose source has an end of its own.</summary>
    public IReadOnlyCollection<Generation> Unfinished =>
        [.. _running.Values.Where(generation => !generation.IsEndless && !generation.Ended.IsCompleted)];

    /// <summary>The running generations that can be handed over.</summary>
    public IReadOnlyCollection<Generation> Continuable => [.. _running.Values.Where(generation => CanHandOver(generation) && !generation.Ended.IsCompleted)];

    /// <summary>True if another node or the next process continues what this node interrupts.</summary>
    public bool HandsOver { get; set; }

    /// <summary>Starts or continues a generation.</summary>
    public void Start(GenerationStart start)
    {
        var generation = new Generation(start, _services);
        _running[start.StreamId] = generation;
        // A continued generation does not replace one that was started for the same key meanwhile.
        if (start.ShareKey is { } shareKey && (start.Interrupted is null || !_shared.ContainsKey(shareKey)))
            _shared[shareKey] = generation;
        generation.ViewersChanged();
        if (_interrupting)
            Interrupt(generation);
        _ = RunAsync(generation, start);
    }

    /// <summary>The running generation with a share key; null if there is none.</summary>
    public Generation? FindShared(string shareKey) => _shared.GetValueOrDefault(shareKey);

    public Generation? Find(StreamId streamId) => _running.GetValueOrDefault(streamId);

    /// <summary>Completes when all generations whose source has an end have ended.</summary>
    public async Task WhenFinishedAsync()
    {
        // Requests that are being processed may have started more.
        while (Unfinished is { Count: > 0 } unfinished)
            await Task.WhenAll(unfinished.Select(generation => generation.Ended));
    }

    /// <summary>Completes when all streams that are open now are closed.</summary>
    public Task WhenEndedAsync() => Task.WhenAll(_running.Values.Select(generation => generation.Ended));

    /// <summary>Hands over the generations that can be continued, each as soon as it has a checkpoint.</summary>
    public void HandOverAll()
    {
        foreach (var generation in Continuable)
            generation.HandOver();
    }

    /// <summary>
    /// Interrupts all generations, including those that requests being processed start later. Those that can be continued are handed over.
    /// </summary>
    public void InterruptAll()
    {
        _interrupting = true;
        foreach (var generation in _running.Values)
            Interrupt(generation);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Interrupts all generations and waits until their generators are disposed; a forced stop does not wait for a generator that hangs.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        InterruptAll();
        var running = _running.Values.ToList();
        await Task.WhenAll(running.Select(generation => generation.Ended))
            .WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, drain.ForceStopToken);
        await Task.WhenAll(running.Select(generation => generation.Released))
            .WaitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private bool CanHandOver(Generation generation) => HandsOver && generation.IsContinuable;

    private void Interrupt(Generation generation)
    {
        if (!CanHandOver(generation) || !generation.HandOver())
            generation.Stop(StopReason.Interrupted);
    }

    private async Task RunAsync(Generation generation, GenerationStart start)
    {
        await generation.RunAsync();
        if (start.ShareKey is { } shareKey)
            _shared.TryRemove(new KeyValuePair<string, Generation>(shareKey, generation));
        _running.TryRemove(new KeyValuePair<StreamId, Generation>(generation.StreamId, generation));
        start.Slot?.Dispose();
    }
}
