using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores.Memory;
using SseStreaming.UnitTests.Testing;
using MsOptions = Microsoft.Extensions.Options.Options;

namespace SseStreaming.UnitTests.Application;

/// <summary>Concurrent starts of a shared source while the store is slow.</summary>
internal sealed class StreamStarterTests
{
    private readonly Mock<ITextGenerator> _source = Generators.Mock(
        new SourceDescription("ticker", "A shared source.") { IsShared = true }, Generators.Waiting("12:00"));
    private readonly MemoryEventStreamStore _memory = new(MsOptions.Create(new StreamsOptions()), TimeProvider.System);
    private readonly Mock<IEventStreamStore> _store = new();
    private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _creates;
    private ServiceFixture _fixture = null!;

    [SetUp]
    public void SetUp()
    {
        _store.Setup(it => it.AppendAsync(It.IsAny<EventBatch>(), It.IsAny<byte[]?>(), It.IsAny<CancellationToken>())).Returns(_memory.AppendAsync);
        _store.Setup(it => it.ReadAsync(It.IsAny<StreamId>(), It.IsAny<long>(), It.IsAny<CancellationToken>())).Returns(_memory.ReadAsync);
        _store.Setup(it => it.FindAsync(It.IsAny<StreamId>(), It.IsAny<CancellationToken>())).Returns(_memory.FindAsync);
        // Only the first stream is created slowly.
        _store.Setup(it => it.CreateAsync(It.IsAny<StreamHead>(), It.IsAny<EventBatch>(), It.IsAny<byte[]?>(), It.IsAny<CancellationToken>()))
            .Returns(async (StreamHead head, EventBatch started, byte[]? request, CancellationToken cancellationToken) =>
            {
                if (Interlocked.Increment(ref _creates) == 1)
                    await _answer.Task;
                return await _memory.CreateAsync(head, started, request, cancellationToken);
            });
        _fixture = new ServiceFixture(_store.Object, _source.Object);
    }

    [TearDown]
    public void TearDown() => _fixture.Dispose();

    [Test]
    public async Task Start_OfOneShareKey_IsNotHeldUpByTheSlowStoreOfAnother()
    {
        var slow = StartAsync("a");

        var other = await StartAsync("b").Soon();

        Assert.That(slow.IsCompleted, Is.False);
        _answer.SetResult();
        Assert.That((await slow.Soon()).State.Id, Is.Not.EqualTo(other.State.Id));
    }

    [Test]
    public async Task Starts_OfTheSameShareKey_AtOnce_MakeOneStream()
    {
        var starts = Enumerable.Range(0, 5).Select(_ => StartAsync("a")).ToList();
        Assert.That(starts.Select(start => start.IsCompleted), Has.All.False);

        _answer.SetResult();

        var started = await Task.WhenAll(starts).Soon();
        Assert.That(started.Select(start => start.State.Id).Distinct().Count(), Is.EqualTo(1));
        Assert.That(started.Count(start => !start.Joined), Is.EqualTo(1));
        Assert.That(_creates, Is.EqualTo(1));
    }

    [Test]
    public async Task Start_AfterTheStoreFailed_OfTheSameShareKey_MakesAStream()
    {
        var failed = StartAsync("a");
        var next = StartAsync("a");

        _answer.SetException(Faults.StoreDown);

        Assert.That(async () => await failed.Soon(), Throws.InstanceOf<StoreUnavailableException>());
        Assert.That((await next.Soon()).Joined, Is.False);
    }

    private async Task<StartedStream> StartAsync(string prompt) =>
        (await _fixture.Service.StartAsync(ServiceFixture.Caller, new StartRequest { Prompt = prompt }, CancellationToken.None)).Value!;
}
