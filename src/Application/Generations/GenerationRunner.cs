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

/// <summary>The generations that run on this server. They die with the server, not with the request that began them.</summary>
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

    /// <summary>Generations whose generator has not let go yet.</summary>
    public int Count => _running.Count;

    /// <summary>Generations that go on, and have an end of their own.</summary>
    public IReadOnlyCollection<Generation> Unfinished =>
        [.. _running.Values.Where(generation => !generation.IsEndless && !generation.Ended.IsCompleted)];

    /// <summary>Runs a generator for a stream that has its first event already.</summary>
    /// <param name="place">Given back when the generator has let go.</param>
    /// <param name="shareKey">What <see cref="FindShared"/> finds it by while it runs; null: nothing does.</param>
    public void Start(
        StreamId streamId, ITextGenerator generator, GenerationRequest request, bool continueUnviewed, IDisposable? place = null, string? shareKey = null)
    {
        var generation = new Generation(streamId, last: 1, generator, request, continueUnviewed, _services);
        _running[streamId] = generation;
        if (shareKey is not null)
            _shared[shareKey] = generation;
        generation.ViewersChanged();
        if (_interrupting)
            generation.Interrupt();
        _ = RunAsync(generation, place, shareKey);
    }

    /// <summary>The generation that runs for everyone who asks for the same.</summary>
    public Generation? FindShared(string shareKey) => _shared.GetValueOrDefault(shareKey);

    public Generation? Find(StreamId streamId) => _running.GetValueOrDefault(streamId);

    /// <summary>Completes when all that has an end of its own has come to it.</summary>
    public async Task WhenFinishedAsync()
    {
        // Requests that were under way may have begun more.
        while (Unfinished is { Count: > 0 } unfinished)
            await Task.WhenAll(unfinished.Select(generation => generation.Ended));
    }

    /// <summary>Completes when the streams are closed that are open now.</summary>
    public Task WhenEndedAsync() => Task.WhenAll(_running.Values.Select(generation => generation.Ended));

    /// <summary>Closes every open stream as interrupted, and those that requests under way still begin.</summary>
    public void InterruptAll()
    {
        _interrupting = true;
        foreach (var generation in _running.Values)
            generation.Interrupt();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Interrupts what still runs, and waits until the generators have let go; of one that hangs, not longer than anybody likes to wait.</summary>
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

    private async Task RunAsync(Generation generation, IDisposable? place, string? shareKey)
    {
        await generation.RunAsync();
        if (shareKey is not null)
            _shared.TryRemove(new KeyValuePair<string, Generation>(shareKey, generation));
        _running.TryRemove(generation.StreamId, out _);
        place?.Dispose();
    }
}
