using SseStreaming.Application.Contracts;
using SseStreaming.Application.Sources;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application;

/// <summary>Threads, and the list of a caller's streams.</summary>
internal sealed class StreamListTests : TwoSubjectsTest
{
    [Test]
    public async Task FindLast_ReturnsTheCallersLastStreamOfTheThread()
    {
        await StartAsync(Alice, "chat");
        var last = await StartAsync(Alice, "chat");
        await StartAsync(Alice, "another");
        await StartAsync(Bob, "chat");
        await StartAsync(ServiceFixture.Caller, "chat");

        var state = (await Fixture.Service.FindLastAsync(Alice, "chat", CancellationToken.None)).Value!;

        Assert.That((state.Id, state.Thread, state.Properties, state.Status), Is.EqualTo((last, "chat", "{}", StreamStatus.Running)));
    }

    [TestCase("chat")]
    [TestCase("")]
    [TestCase("\0")]
    public async Task FindLast_OfAThreadThatTheCallerDoesNotHave_IsUnknown(string thread)
    {
        var streamId = await StartAsync(Bob, "chat");
        await StartAsync(ServiceFixture.Caller, "chat");
        var guest = new Caller(Subject: null, "192.0.2.2") { GrantedStreamId = streamId };

        foreach (var caller in (Caller[])[Alice, guest])
            Assert.That((await Fixture.Service.FindLastAsync(caller, thread, CancellationToken.None)).Refusal!.Reason, Is.EqualTo(RefusalReason.UnknownStream));
    }

    [Test]
    public async Task FindLast_WithoutAuthentication_FindsTheStreamsWithoutAnOwner()
    {
        var streamId = await StartAsync(ServiceFixture.Caller, "chat");

        Assert.That((await Fixture.Service.FindLastAsync(ServiceFixture.Caller, "chat", CancellationToken.None)).Value?.Id, Is.EqualTo(streamId));
    }

    [Test]
    public async Task List_HasTheCallersStreams_NewestFirst_InPages()
    {
        var streams = new List<StreamId>();
        for (var i = 0; i < 5; i++)
            streams.Insert(0, await StartAsync(Alice, i % 2 == 0 ? "chat" : null));
        await StartAsync(Bob, "chat");
        await StartAsync(ServiceFixture.Caller, "chat");
        await StartAsync(Alice, "chat", source: "news");
        await Fixture.Service.StopAsync(Alice, streams[0], CancellationToken.None);

        var first = await ListAsync(new StreamFilter(null, null, null, 3));
        var second = await ListAsync(new StreamFilter(null, null, first.Next, 3));
        var running = await ListAsync(new StreamFilter(StreamStatus.Running, "chat", null, 2));

        Assert.That(first.Streams.Concat(second.Streams).Select(stream => stream.Id), Is.EqualTo(streams));
        Assert.That((first.Next, second.Next), Is.EqualTo(((StreamId?)streams[2], (StreamId?)null)));
        Assert.That(first.Streams.Select(stream => stream.Status), Is.EqualTo([StreamStatus.Stopped, StreamStatus.Running, StreamStatus.Running]));
        Assert.That(running.Streams.Select(stream => (stream.Id, stream.Thread)), Is.EqualTo([(streams[2], "chat"), (streams[4], "chat")]));
        Assert.That(running.Next, Is.Null, "a page that ends with the last stream has no next one");
    }

    [Test]
    public async Task List_WithoutAuthentication_IsForbidden()
    {
        var streamId = await StartAsync(ServiceFixture.Caller, null);
        var guest = new Caller(Subject: null, "192.0.2.2") { GrantedStreamId = streamId };

        foreach (var caller in (Caller[])[ServiceFixture.Caller, guest])
            Assert.That((await Fixture.Service.ListAsync(caller, new StreamFilter(null, null, null, 9), CancellationToken.None)).Refusal!.Reason,
                Is.EqualTo(RefusalReason.Forbidden));
    }

    [Test]
    public async Task List_WithAnInvalidFilter_NamesTheField()
    {
        var others = await StartAsync(Bob, "chat");
        foreach (var (filter, field) in new (StreamFilter, string)[]
            {
                (new(null, null, others, 9), "after"), (new(null, null, StreamId.New(), 9), "after"), (new(null, "", null, 9), "thread"),
                (new(null, null, null, 0), "limit"), (new(null, null, null, 201), "limit"),
            })
        {
            var refusal = (await Fixture.Service.ListAsync(Alice, filter, CancellationToken.None)).Refusal!;
            Assert.That((refusal.Reason, refusal.Errors!.Keys.Single()), Is.EqualTo((RefusalReason.InvalidInput, field)));
        }
    }

    [Test]
    public async Task Start_WithLabelsThatAreTooLongOrMalformed_IsRefused()
    {
        foreach (var (request, field) in new (StartRequest, string)[]
            {
                (new() { Thread = "" }, "thread"), (new() { Thread = new string('x', 129) }, "thread"), (new() { Thread = "a\0b" }, "thread"),
                (new() { Properties = new string('é', (8 * 1024) + 1) }, "properties"),
            })
        {
            var refusal = (await Fixture.Service.StartAsync(Alice, request, CancellationToken.None)).Refusal!;
            Assert.That((refusal.Reason, refusal.Errors!.Keys.Single()), Is.EqualTo((RefusalReason.InvalidInput, field)));
        }
        var longest = new StartRequest { Thread = new string('x', 128), Properties = new string('é', 8 * 1024) };
        Assert.That((await Fixture.Service.StartAsync(Alice, longest, CancellationToken.None)).Refusal, Is.Null);
    }

    private async Task<StreamId> StartAsync(Caller caller, string? thread, string? source = null)
    {
        Fixture.Time.Advance(TimeSpan.FromTicks(1));
        var request = new StartRequest { Thread = thread, Properties = "{}", Source = source };
        return (await Fixture.Service.StartAsync(caller, request, CancellationToken.None)).Value!.State.Id;
    }

    private async Task<StreamList> ListAsync(StreamFilter filter) =>
        (await Fixture.Service.ListAsync(Alice, filter, CancellationToken.None)).Value!;
}
