using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Streams;
using SseStreaming.Domain;

namespace SseStreaming.Application.Generations;

/// <summary>The generations that run on this server. They die with the server, not with the request that began them.</summary>
internal sealed class GenerationRunner(
    IEventStreamStore store,
    IStreamSignal signal,
    ViewerCounts viewers,
    IOptions<StreamsOptions> options,
    TimeProvider time,
    ILogger<Generation> logger) : IHostedLifecycleService
{
    private readonly ConcurrentDictionary<StreamId, Generation> _running = new();
    private readonly GenerationServices _services = new(store, signal, viewers, options.Value, time, logger);
    private volatile bool _stopping;

    /// <summary>True when the server is going away, and begins nothing new.</summary>
    public bool IsStopping => _stopping;

    /// <summary>Generations whose generator has not let go yet.</summary>
    public int Count => _running.Count;

    /// <summary>Runs a generator for a stream that has its first event already.</summary>
    public void Start(StreamId stream, ITextGenerator generator, GenerationRequest request, bool continueUnviewed)
    {
        var generation = new Generation(stream, last: 1, generator, request, continueUnviewed, _services);
        _running[stream] = generation;
        generation.ViewersChanged();
        if (_stopping)
            generation.Interrupt();
        _ = RunAsync(generation);
    }

    public Generation? Find(StreamId stream) => _running.GetValueOrDefault(stream);

    /// <summary>To be called when a viewer came or left.</summary>
    public void ViewersChanged(StreamId stream) => Find(stream)?.ViewersChanged();

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

    private async Task RunAsync(Generation generation)
    {
        await generation.RunAsync();
        _running.TryRemove(generation.Stream, out _);
    }
}
