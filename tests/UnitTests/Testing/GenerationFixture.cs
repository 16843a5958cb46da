using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Limits;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Shutdown;
using SseStreaming.Application.Sources;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Telemetry;
using SseStreaming.Application.Viewers;
using SseStreaming.Application.Writing;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Signals;
using SseStreaming.Infrastructure.Stores.Memory;
using MsOptions = Microsoft.Extensions.Options.Options;

namespace SseStreaming.UnitTests.Testing;

/// <summary>A runner with its real services, except for the clock and, if a test passes one, the store.</summary>
internal sealed class GenerationFixture
{
    public GenerationFixture(StreamsOptions? options = null, Func<IEventStreamStore, IEventStreamStore>? wrap = null)
    {
        Options = options ?? new StreamsOptions();
        var memory = new MemoryEventStreamStore(MsOptions.Create(Options), Time);
        Store = wrap?.Invoke(memory) ?? memory;
        Metrics = new StreamMetrics(Meters);
        Drain = new Drain(MsOptions.Create(Options), Time);
        Runner = new GenerationRunner(Store, Signal, Cluster.Object, Viewers, Drain, MsOptions.Create(Options), Metrics, Time, Log);
    }

    public StreamsOptions Options { get; }

    public Meters Meters { get; } = new();

    public StreamMetrics Metrics { get; }

    public TimerSpy Time { get; } = new();

    public IEventStreamStore Store { get; }

    public InProcessSignal Signal { get; } = new(TimeProvider.System);

    public ViewerRegistry Viewers { get; } = new();

    /// <summary>The other nodes; there are none unless a test sets them up.</summary>
    public Mock<IStreamCluster> Cluster { get; } = new();

    public LogSpy<Generation> Log { get; } = new();

    public Drain Drain { get; }

    public GenerationRunner Runner { get; }

    /// <summary>The take-over of a node that has these sources, and one that can't continue if a test passes none.</summary>
    public StreamTakeOver CreateTakeOver(IStreamCluster cluster, ILogger<ClusterMember> log, params ITextGenerator[] sources)
    {
        sources = sources.Length > 0 ? sources : [Generators.Create(Generators.Texts())];
        var catalog = new SourceCatalog(sources, MsOptions.Create(new SourcesOptions { Default = sources[0].Source.Name }));
        var limits = new ClientLimits(MsOptions.Create(new LimitsOptions()));
        var writers = new ExternalWriters(
            Store, Signal, cluster, Drain, MsOptions.Create(Options), MsOptions.Create(new ExternalOptions()), Metrics, Time, NullLogger<ExternalWriters>.Instance);
        return new StreamTakeOver(cluster, Store, Signal, new GenerationContinuer(catalog, Runner, limits), writers, Drain, Metrics, log);
    }

    /// <summary>Creates a stream and starts its generation, as the service does for <c>POST /streams</c>.</summary>
    public async Task<StreamId> StartAsync(Func<CancellationToken, IAsyncEnumerable<GeneratedText>> generate, bool continueUnviewed = true)
    {
        var streamId = await CreateAsync();
        Begin(streamId, generate, continueUnviewed);
        return streamId;
    }

    /// <summary>The same for a given source.</summary>
    public async Task<StreamId> StartAsync(SourceDescription source, Func<CancellationToken, IAsyncEnumerable<GeneratedText>> generate)
    {
        var streamId = await CreateAsync();
        Runner.Start(new GenerationStart(streamId, Generators.Create(source, generate), new GenerationRequest(null, SourceOptions.None)) { ContinueUnviewed = true });
        return streamId;
    }

    /// <summary>The same for a generator that another node can continue, whose request is kept.</summary>
    public async Task<StreamId> StartKeptAsync(IResumableGenerator generator)
    {
        var streamId = await CreateAsync();
        Runner.Start(new GenerationStart(streamId, generator, new GenerationRequest(null, SourceOptions.None)) { ContinueUnviewed = true, IsKept = true });
        return streamId;
    }

    /// <summary>The same for a request that views the stream.</summary>
    public async Task<(StreamId Stream, IDisposable Viewer)> StartViewedAsync(Func<CancellationToken, IAsyncEnumerable<GeneratedText>> generate)
    {
        var streamId = await CreateAsync();
        var viewer = View(streamId);
        Begin(streamId, generate, continueUnviewed: false);
        return (streamId, viewer);
    }

    public IDisposable View(StreamId streamId)
    {
        var viewer = Viewers.Register(streamId, id => Runner.Find(id)?.ViewersChanged());
        Runner.Find(streamId)?.ViewersChanged();
        return viewer;
    }

    /// <summary>Reads a stream to its end, and checks that it has one terminal event and that the runner removes the generation.</summary>
    public async Task<Passage> EndOf(StreamId streamId)
    {
        var passage = await ReadAsync(streamId, untilEnd: true).Soon();
        Assert.That(passage.Events[0].Kind, Is.EqualTo(EventKind.Started));
        Assert.That(passage.Events.Count(item => item.IsTerminal), Is.EqualTo(1), "terminal events");
        await Waiting.Until(() => Runner.Find(streamId) is null, "the runner removed the generation");
        Assert.That(passage.Terminal.GetProperty("segments").GetInt64(), Is.EqualTo(passage.Events.Count - 2), "segments");
        Assert.That(passage.Terminal.GetProperty("characters").GetInt64(), Is.EqualTo(passage.Text.Length), "characters");
        return passage;
    }

    /// <summary>Reads a stream until its passage is as long as a text.</summary>
    public Task ShownAsync(StreamId streamId, string text) => ReadAsync(streamId, untilEnd: false, text.Length).Soon();

    /// <summary>Reads the events that are stored now.</summary>
    public async Task<Passage> ReadStoredAsync(StreamId streamId)
    {
        var passage = new Passage();
        while (await Store.ReadAsync(streamId, passage.Events.Count, CancellationToken.None) is { IsEmpty: false } batch)
            passage.Add(batch);
        return passage;
    }

    private async Task<StreamId> CreateAsync()
    {
        var streamId = StreamId.New();
        var started = EventBatch.Create(streamId, 1, EventData.Started(streamId, "test"));
        await Store.CreateAsync(new StreamHead(streamId, "test", default), started, CancellationToken.None);
        return streamId;
    }

    private void Begin(StreamId streamId, Func<CancellationToken, IAsyncEnumerable<GeneratedText>> generate, bool continueUnviewed) =>
        Runner.Start(new GenerationStart(streamId, Generators.Create(generate), new GenerationRequest(null, SourceOptions.None)) { ContinueUnviewed = continueUnviewed });

    private async Task<Passage> ReadAsync(StreamId streamId, bool untilEnd, int length = 0)
    {
        var passage = new Passage();
        using var viewer = new StreamViewer(streamId, 0, new EventStreamReader(Store, Signal, TimeProvider.System).ReadAsync);
        await foreach (var batch in viewer.ReadAsync(TimeSpan.FromHours(1), CancellationToken.None))
        {
            passage.Add(batch);
            if (!untilEnd && passage.Text.Length >= length)
                break;
        }
        return passage;
    }
}

/// <summary>The events of a stream.</summary>
internal sealed class Passage
{
    public List<StreamEvent> Events { get; } = [];

    public void Add(EventBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
            Events.Add(batch[i]);
    }

    public IEnumerable<string> Segments => Events.Where(item => item.Kind is EventKind.Segment).Select(item => Encoding.UTF8.GetString(item.Data.Span));

    public string Text => string.Concat(Segments);

    public EventKind Ending => Events[^1].Kind;

    public string? Reason => EventData.ReadReason(Events[^1]);

    public JsonElement Terminal => JsonElement.Parse(Events[^1].Data.Span);
}
