using SseStreaming.Api.Binding;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Support;

namespace SseStreaming.UnitTests.Api.Binding;

internal sealed class StreamIdBinderTests
{
    private readonly BinderFixture _request = new();

    [Test]
    public async Task Id_OfTheRoute_IsRead()
    {
        var id = StreamId.New();

        Assert.That((await _request.Route("id", id.ToString()).ReadAsync(new StreamIdBinder(), "id")).Value<StreamId?>(), Is.EqualTo(id));
    }

    [TestCase("")]
    [TestCase("nonsense")]
    [TestCase("AAAAAAAAAAAAAAAAAAAAAB")]
    public async Task AnythingElse_IsNullWhichIsAsGoodAsUnknown(string id) =>
        Assert.That((await _request.Route("id", id).ReadAsync(new StreamIdBinder(), "id")).Value<StreamId?>(), Is.Null);
}
