using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Shutdown;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Telemetry;
using SseStreaming.Application.Writing;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Signals;
using SseStreaming.Infrastructure.Stores.Memory;
using SseStreaming.UnitTests.Testing;
using MsOptions = Microsoft.Extensions.Options.Options;

namespace SseStreaming.UnitTests.Application.Writing;

/// <summary>The writers of one node over the in-memory store, whose appends a test can change.</summary>
internal sealed class WriterFixture
{
    public WriterFixture()
    {
        Memory = new MemoryEventStreamStore(MsOptions.Create(Options), Time);
        Store = new FaultyStore(Memory);
        Drain = new Drain(MsOptions.Create(Options), Time);
        Cluster.Setup(cluster => cluster.TakeAsync(It.IsAny<StreamId>(), It.IsAny<CancellationToken>()))
            .Returns((StreamId streamId, CancellationToken _) => new(Memory.Take(streamId)));
        Writers = CreateNode();
    }

    public StreamsOptions Options { get; } = new();

    public ExternalOptions External { get; } = new() { IdleTimeout = TimeSpan.FromMinutes(10) };

    public FakeTimeProvider Time { get; } = new();

    public MemoryEventStreamStore Memory { get; }

    public FaultyStore Store { get; }

    public Mock<IStreamCluster> Cluster { get; } = new();

    public Drain Drain { get; }

    public ExternalWriters Writers { get; }

    /// <summary>The writers of another node. The in-memory store refuses appends that do not follow the last event, but knows no owner.</summary>
    public ExternalWriters CreateNode() => new(
        Store, new InProcessSignal(Time), Cluster.Object, Drain, MsOptions.Create(Options), MsOptions.Create(External), new StreamMetrics(new Meters()), Time,
        NullLogger<ExternalWriters>.Instance);

    public async Task<StreamId> CreateAsync(params string[] texts)
    {
        var head = new StreamHead(StreamId.New(), ExternalSource.Name, Time.GetUtcNow());
        var (state, _) = await new ExternalStreamCreator(Store, Writers, MsOptions.Create(Options)).TryCreateAsync(head, new ExternalStart { Texts = texts });
        Assert.That(state, Is.Not.Null);
        return head.Id;
    }

    public Task<Outcome<AppendReceipt>> TryAppendAsync(
        StreamId streamId, string text, ProducerPosition? producer = null, ExternalEnd? end = null, ExternalWriters? node = null) =>
        (node ?? Writers).WriteAsync(streamId, PendingWrite.From(new ExternalAppend { Texts = text.Length > 0 ? [text] : [], Producer = producer, End = end })).AsTask();

    public async Task<AppendReceipt> AppendAsync(
        StreamId streamId, string text, ProducerPosition? producer = null, ExternalEnd? end = null, ExternalWriters? node = null)
    {
        var outcome = await TryAppendAsync(streamId, text, producer, end, node).Soon();
        Assert.That(outcome.Refusal, Is.Null);
        return outcome.Value!;
    }

    public async Task<List<StreamEvent>> ReadAsync(StreamId streamId)
    {
        var events = new List<StreamEvent>();
        while (await Memory.ReadAsync(streamId, events.Count, CancellationToken.None) is { IsEmpty: false } batch)
        {
            for (var i = 0; i < batch.Count; i++)
                events.Add(batch[i]);
        }
        return events;
    }

    public async Task<string[]> TextsAsync(StreamId streamId) =>
        [.. (await ReadAsync(streamId)).Where(item => item.Kind is EventKind.Segment).Select(item => Encoding.UTF8.GetString(item.Data.Span))];

    public async Task<StreamRecord> FindAsync(StreamId streamId) => (await Memory.FindAsync(streamId, CancellationToken.None))!;
}
