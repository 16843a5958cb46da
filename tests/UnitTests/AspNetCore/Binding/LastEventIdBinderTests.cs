using SseStreaming.AspNetCore.Binding;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.AspNetCore.Binding;

internal sealed class LastEventIdBinderTests
{
    private static readonly EventId Id = new(StreamId.New(), 42);
    private static readonly EventId Other = new(StreamId.New(), 7);

    private readonly LastEventIdBinder _binder = new();
    private readonly BinderFixture _request = new();

    [Test]
    public async Task Header_IsRead() =>
        Assert.That((await _request.Get("").Header("Last-Event-ID", Id.ToString()).ReadAsync(_binder)).Value<EventId?>(), Is.EqualTo(Id));

    [Test]
    public async Task Query_IsReadForClientsThatCannotSetHeaders() =>
        Assert.That((await _request.Get($"?lastEventId={Id}").ReadAsync(_binder)).Value<EventId?>(), Is.EqualTo(Id));

    [Test]
    public async Task Header_TakesPrecedenceOverTheQuery() =>
        Assert.That((await _request.Get($"?lastEventId={Other}").Header("Last-Event-ID", Id.ToString()).ReadAsync(_binder)).Value<EventId?>(), Is.EqualTo(Id));

    [Test]
    public async Task EmptyHeader_CountsAsAbsent() =>
        Assert.That((await _request.Get($"?lastEventId={Id}").Header("Last-Event-ID", "").ReadAsync(_binder)).Value<EventId?>(), Is.EqualTo(Id));

    [TestCase("")]
    [TestCase("?lastEventId=")]
    public async Task Absent_IsNull(string query) =>
        Assert.That((await _request.Get(query).ReadAsync(_binder)).Value<EventId?>(), Is.Null);

    [Test]
    public async Task MalformedHeader_IsAnErrorOfTheHeaderWithoutItsValue()
    {
        var bound = await _request.Get($"?lastEventId={Id}").Header("Last-Event-ID", "<script>").ReadAsync(_binder);

        Assert.That(bound.Errors.Keys, Is.EqualTo(new[] { "Last-Event-ID" }));
        Assert.That(bound.Errors["Last-Event-ID"], Does.Not.Contain("script"));
        Assert.That(bound.Result.IsModelSet, Is.False);
    }

    [Test]
    public async Task MalformedQuery_IsAnErrorOfTheParameter() =>
        Assert.That((await _request.Get("?lastEventId=42").ReadAsync(_binder)).Errors.Keys, Is.EqualTo(new[] { "lastEventId" }));

    [Test]
    public async Task SeveralInTheQuery_AreMalformed() =>
        Assert.That((await _request.Get($"?lastEventId={Id}&lastEventId={Id}").ReadAsync(_binder)).Errors.Keys, Is.EqualTo(new[] { "lastEventId" }));
}
