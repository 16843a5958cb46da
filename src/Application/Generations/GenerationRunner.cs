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

    /// <summary>Starts the generation of a stream that has its first event already.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="generator">The generator of its source.</param>
    /// <param name="request">The input of the generator.</param>
    /// <param name="continueUnviewed">True if the generation runs to its end without viewers.</param>
    /// <param name="slot">Disposed after the generator.</param>
    /// <param name="shareKey">The key for <see cref="FindShared"/> while the generation runs; null if it is not shared.</param>
    public void Start(
        StreamId streamId, ITextGenerator generator, GenerationRequest request, bool continueUnviewed, IDisposable? slot = null, string? shareKey = null)
    {
        var generation = new Generation(streamId, generator, request, continueUnviewed, _services);
        _running[streamId] = generation;
        if (shareKey is not null)
            _shared[shareKey] = generation;
        generation.ViewersChanged();
        if (_interrupting)
            generation.Stop(StopReason.Interrupted);
        _ = RunAsync(generation, slot, shareKey);
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

    /// <summary>Interrupts all generations, including those that requests being processed start later.</summary>
    public void InterruptAll()
    {
        _interrupting = true;
        foreach (var generation in _running.Values)
            generation.Stop(StopReason.Interrupted);
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

    private async Task RunAsync(Generation generation, IDisposable? slot, string? shareKey)
    {
        await generation.RunAsync();
        if (shareKey is not null)
            _shared.TryRemove(new KeyValuePair<string, Generation>(shareKey, generation));
        _running.TryRemove(generation.StreamId, out _);
        slot?.Dispose();
    }
}
