using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using SseStreaming.AspNetCore.Doors.AiSdk;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.AspNetCore.Doors.AiSdk;

internal sealed class ChatIdBinderTests
{
    [TestCase("/api/chat/abc/stream", "abc")]
    [TestCase("/api/chat/abc/stream/", "abc")]
    [TestCase("/api/chat/abc/stream?x=/y", "abc")]
    [TestCase("/base/of/the/server/api/chat/abc/stream", "abc")]
    [TestCase("http://localhost:5081/api/chat/abc/stream", "abc")]
    [TestCase("/api/chat/stream/stream", "stream")]
    [TestCase("/api/chat/a%2Fb%252Fc/stream", "a/b%2Fc")]
    public async Task Id_IsDecodedOnce(string target, string expected) =>
        Assert.That(await ReadAsync(target, "/api/chat/{chatId}/stream"), Is.EqualTo(expected));

    [Test]
    public async Task Id_AtTheEndOfThePath_IsRead() =>
        Assert.That(await ReadAsync("/api/chat/a%20b", "/api/chat/{chatId}"), Is.EqualTo("a b"));

    [Test]
    public void AnyValidId_IsReadAsTheClientWroteIt() => Always.Holds(Texts.Any.Select(Texts.WellFormed).Where(ChatId.IsValid), id =>
        Assert.That(ReadAsync($"/api/chat/{Uri.EscapeDataString(id)}/stop", "/api/chat/{chatId}/stop").Result, Is.EqualTo(id)));

    private static async Task<string> ReadAsync(string target, string pattern)
    {
        var http = new DefaultHttpContext();
        http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        http.SetEndpoint(new RouteEndpoint(_ => Task.CompletedTask, RoutePatternFactory.Parse(pattern), 0, null, null));
        var context = new DefaultModelBindingContext
        {
            ActionContext = new ActionContext(http, new RouteData(), new ActionDescriptor()),
            ModelState = new ModelStateDictionary(),
        };
        await new ChatIdBinder().BindModelAsync(context);
        return (string)context.Result.Model!;
    }
}
