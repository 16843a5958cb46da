using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Contracts;
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

/// <summary>The service with given sources, and with the in-memory store unless a test passes another one.</summary>
internal sealed class ServiceFixture : IDisposable
{
    public ServiceFixture(IEventStreamStore? store, params ITextGenerator[] sources)
        : this(new LimitsOptions(), store, sources)
    {
    }

    public ServiceFixture(LimitsOptions limits, IEventStreamStore? store, params ITextGenerator[] sources)
    {
        Limits = limits;
        var streams = MsOptions.Create(Streams);
        Store = store ?? new MemoryEventStreamStore(streams, Time);
        var signal = new InProcessSignal(Time);
        var viewers = new ViewerRegistry();
        var metrics = new StreamMetrics(Meters);
        Drain = new Drain(streams, Time);
        Runner = new GenerationRunner(Store, signal, Cluster.Object, viewers, Drain, streams, metrics, Time, NullLogger<Generation>.Instance);
        ClientLimits = new ClientLimits(MsOptions.Create(Limits));
        var catalog = new SourceCatalog(sources, MsOptions.Create(new SourcesOptions { Default = sources[0].Source.Name }));
        if (Store is MemoryEventStreamStore memory)
            Cluster.Setup(cluster => cluster.TakeAsync(It.IsAny<StreamId>(), It.IsAny<CancellationToken>())).Returns((StreamId id, CancellationToken _) => new(memory.Take(id)));
        Writers = new ExternalWriters(
            Store, signal, Cluster.Object, Drain, streams, MsOptions.Create(External), metrics, Time, NullLogger<ExternalWriters>.Instance);
        TakeOver = new StreamTakeOver(
            Cluster.Object, Store, signal, new GenerationContinuer(catalog, Runner, ClientLimits), Writers, Drain, metrics, NullLogger<ClusterMember>.Instance);
        Member = new ClusterMember(Cluster.Object, TakeOver, Runner, viewers, Drain, streams, Time, NullLogger<ClusterMember>.Instance);
        var starter = new StreamStarter(catalog, Store, Runner, viewers, Drain, ClientLimits, MsOptions.Create(Limits), streams, Time);
        Service = new TextStreamService(
            catalog, starter, Store, new EventStreamReader(Store, signal, Time), Runner, viewers, Member, ClientLimits, Writers,
            new StreamRenewal(Store, Time), metrics, Time);
        ExternalService = new ExternalStreamService(
            Service, Store, Writers, new ExternalStreamCreator(Store, Writers, streams), new StreamRenewal(Store, Time), ClientLimits, Drain, Time);
    }

    /// <summary>A caller without authentication.</summary>
    public static Caller Caller { get; } = new(Subject: null, Client: "192.0.2.1");

    public StreamsOptions Streams { get; } = new();

    public ExternalOptions External { get; } = new();

    public LimitsOptions Limits { get; }

    public Meters Meters { get; } = new();

    public FakeTimeProvider Time { get; } = new();

    public StreamTakeOver TakeOver { get; }

    public IEventStreamStore Store { get; }

    public Mock<IStreamCluster> Cluster { get; } = new();

    public Drain Drain { get; }

    public GenerationRunner Runner { get; }

    public ClusterMember Member { get; }

    public ClientLimits ClientLimits { get; }

    public ExternalWriters Writers { get; }

    public TextStreamService Service { get; }

    public ExternalStreamService ExternalService { get; }

    public async Task<StreamId> StartAsync(StartRequest? request = null) =>
        (await Service.StartAsync(Caller, request ?? new StartRequest(), CancellationToken.None)).Value!.State.Id;

    public async Task<StreamState> StateOf(StreamId streamId) => (await Service.GetStateAsync(Caller, streamId, CancellationToken.None)).Value!;

    /// <summary>Waits until a generation has ended, and returns the state of its stream.</summary>
    public async Task<StreamState> EndOf(StreamId streamId)
    {
        await Waiting.Until(() => Runner.Find(streamId) is null, "the generation ended");
        return await StateOf(streamId);
    }

    public void Dispose()
    {
        ClientLimits.Dispose();
        Member.Dispose();
    }
}
