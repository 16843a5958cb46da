using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore.Binding;
using SseStreaming.AspNetCore.Problems;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.AspNetCore.Binding;

internal sealed class StreamIdBinderTests
{
    private readonly BinderFixture _request = new();

    [Test]
    public async Task Id_OfTheRoute_IsRead()
    {
        var id = StreamId.New();

        Assert.That((await _request.Route("id", id.ToString()).ReadAsync(new StreamIdBinder(), "id")).Value<StreamId>(), Is.EqualTo(id));
    }

    [TestCase("")]
    [TestCase("nonsense")]
    [TestCase("AAAAAAAAAAAAAAAAAAAAAB")]
    public async Task OtherText_RefusesTheRequestLikeAnUnknownStream(string id)
    {
        var bound = await _request.Route("id", id).ReadAsync(new StreamIdBinder(), "id");

        Assert.That(bound.Result.IsModelSet, Is.False);
        var refusal = ((RefusalException)bound.State["id"]!.Errors.Single().Exception!).Refusal;
        Assert.That(refusal.Reason, Is.EqualTo(RefusalReason.UnknownStream));
        Assert.That(refusal.Detail, Does.Not.Contain("nonsense"));
    }
}
