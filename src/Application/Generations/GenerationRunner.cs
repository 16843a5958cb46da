using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Streams;
using SseStreaming.Domain;

namespace SseStreaming.Application.Generations;

/// <summary>The generations that run on this server. They die with the server, not with the request that began them.</summary>
internal sealed class GenerationRunner(
    IEventStreamStore store,
    IStreamSignal signal,
    IStreamCluster cluster,
    ViewerCounts viewers,
    IOptions<StreamsOptions> options,
    StreamMetrics metrics,
    TimeProvider time,
    ILogger<Generation> logger) : IHostedLifecycleService
{
    private readonly ConcurrentDictionary<StreamId, Generation> _running = new();
    private readonly ConcurrentDictionary<string, Generation> _shared = new(StringComparer.Ordinal);
    private readonly GenerationServices _services = new(store, signal, cluster, viewers, options.Value, metrics, time, logger);
    private volatile bool _stopping;

    /// <summary>True when the server is going away, and begins nothing new.</summary>
    public bool IsStopping => _stopping;

    /// <summary>Generations whose generator has not let go yet.</summary>
    public int Count => _running.Count;

    /// <summary>Runs a generator for a stream that has its first event already.</summary>
    /// <param name="shareKey">What <see cref="FindShared"/> finds it by while it runs; null: nothing does.</param>
    public void Start(StreamId stream, ITextGenerator generator, GenerationRequest request, bool continueUnviewed, string? shareKey = null)
    {
        var generation = new Generation(stream, last: 1, generator, request, continueUnviewed, _services);
        _running[stream] = generation;
        if (shareKey is not null)
            _shared[shareKey] = generation;
        generation.ViewersChanged();
        if (_stopping)
            generation.Interrupt();
        _ = RunAsync(generation, shareKey);
    }

    /// <summary>The generation that runs for everyone who asks for the same.</summary>
    public Generation? FindShared(string shareKey) => _shared.GetValueOrDefault(shareKey);

    public Generation? Find(StreamId stream) => _running.GetValueOrDefault(stream);

    /// <summary>From here on nothing new is begun, also not by requests that are still under way.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        return Task.CompletedTask;
    }

    /// <summary>Closes every open stream as interrupted, and waits until the generators have let go.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        var running = _running.Values.ToList();
        running.ForEach(generation => generation.Interrupt());
        await Task.WhenAll(running.Select(generation => generation.Released)).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task RunAsync(Generation generation, string? shareKey)
    {
        await generation.RunAsync();
        if (shareKey is not null)
            _shared.TryRemove(new KeyValuePair<string, Generation>(shareKey, generation));
        _running.TryRemove(generation.Stream, out _);
    }
}
