using Moq;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Sources;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application;

/// <summary>The service with authenticated callers.</summary>
internal sealed class StreamOwnershipTests : TwoSubjectsTest
{
    [Test]
    public async Task StreamOfAnother_IsUnknown_InEveryWay_WithTheWordsForOneThatNeverWas()
    {
        var streamId = await StartAsync(Alice);
        var never = await Fixture.Service.GetStateAsync(Bob, StreamId.New(), CancellationToken.None);

        Refusal?[] refusals =
        [
            (await Fixture.Service.GetStateAsync(Bob, streamId, CancellationToken.None)).Refusal,
            (await Fixture.Service.ViewAsync(Bob, streamId, 0, CancellationToken.None)).Refusal,
            // Positions that are refused if the stream is known.
            (await Fixture.Service.ViewAsync(Bob, streamId, 99, CancellationToken.None)).Refusal,
            (await Fixture.Service.ReadTextAsync(Bob, streamId, CancellationToken.None)).Refusal,
            (await Fixture.Service.StopAsync(Bob, streamId, CancellationToken.None)).Refusal,
            (await Fixture.Service.FindOwnAsync(Bob, streamId, CancellationToken.None)).Refusal,
        ];

        Assert.That(refusals, Is.All.EqualTo(never.Refusal));
        Assert.That((await Fixture.Service.GetStateAsync(Alice, streamId, CancellationToken.None)).Value!.Status, Is.EqualTo(StreamStatus.Running));
    }

    [Test]
    public async Task Request_HasTheSubject_UnlessTheSourceIsShared([Values] bool isShared)
    {
        var generator = Generators.Mock(new SourceDescription("own", "Own.") { IsShared = isShared }, Generators.Waiting("Hello"));
        using var fixture = new ServiceFixture(store: null, generator.Object);

        await fixture.Service.StartAsync(Alice, new StartRequest(), CancellationToken.None);

        var subject = isShared ? null : "alice";
        generator.Verify(it => it.ValidateAsync(It.Is<GenerationRequest>(request => request.Subject == subject), It.IsAny<CancellationToken>()), Times.Once);
    }

    [Test]
    public async Task Grant_Reads_AndDoesNotStopOrShare()
    {
        var streamId = await StartAsync(Alice);
        var guest = new Caller(Subject: null, "192.0.2.2") { GrantedStreamId = streamId };

        Assert.That((await Fixture.Service.GetStateAsync(guest, streamId, CancellationToken.None)).Value, Is.Not.Null);
        Assert.That((await Fixture.Service.ReadTextAsync(guest, streamId, CancellationToken.None)).Value, Is.Not.Null);
        using (var viewer = (await Fixture.Service.ViewAsync(guest, streamId, 0, CancellationToken.None)).Value)
            Assert.That(viewer, Is.Not.Null);
        Assert.That((await Fixture.Service.StopAsync(guest, streamId, CancellationToken.None)).Refusal?.Reason, Is.EqualTo(RefusalReason.UnknownStream));
        Assert.That((await Fixture.Service.FindOwnAsync(guest, streamId, CancellationToken.None)).Refusal?.Reason, Is.EqualTo(RefusalReason.UnknownStream));
    }

    [Test]
    public async Task SharedStream_IsReadByAllSubjects_AndStoppedByNone()
    {
        var streamId = await StartAsync(Alice, new StartRequest { Source = "news" });

        Assert.That(await StartAsync(Bob, new StartRequest { Source = "news" }), Is.EqualTo(streamId));
        Assert.That((await Fixture.Service.StopAsync(Alice, streamId, CancellationToken.None)).Refusal?.Reason, Is.EqualTo(RefusalReason.Forbidden));
        Assert.That((await Fixture.Service.FindOwnAsync(Bob, streamId, CancellationToken.None)).Refusal?.Reason, Is.EqualTo(RefusalReason.Forbidden));
    }

    [Test]
    public async Task IdempotencyKey_BelongsToItsSubject()
    {
        // The last pairs of subject and key would be equal if they were concatenated without a separator.
        (Caller Caller, string Key)[] pairs =
            [(Alice, "k"), (Bob, "k"), (ServiceFixture.Caller, "k"), (new Caller("a", "x"), "bc"), (new Caller("ab", "x"), "c"), (ServiceFixture.Caller, "abc")];
        var streams = new HashSet<StreamId>();
        foreach (var (caller, key) in pairs)
        {
            var first = await StartAsync(caller, new StartRequest { IdempotencyKey = key });
            Assert.That(await StartAsync(caller, new StartRequest { IdempotencyKey = key }), Is.EqualTo(first));
            Assert.That(streams.Add(first), Is.True);
        }
    }

    private async Task<StreamId> StartAsync(Caller caller, StartRequest? request = null) =>
        (await Fixture.Service.StartAsync(caller, request ?? new StartRequest(), CancellationToken.None)).Value!.State.Id;
}
