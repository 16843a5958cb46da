using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Access;

/// <summary>A chat id leads each subject to its own streams only.</summary>
internal sealed class ChatAccessTests : AccessTest
{
    [Test]
    public async Task ChatOfAnotherSubject_IsAsOneThatNeverWas()
    {
        var alices = await SendAsync(Alice);

        using var resumed = await SendAsync(Ask.Get("/api/chat/shared/stream").As(Bob));
        using var state = await SendAsync(Ask.Get("/api/chat/shared").As(Bob));
        using var stopped = await SendAsync(Ask.Post("/api/chat/shared/stop", "{}").As(Bob));

        Assert.That((resumed.StatusCode, state.StatusCode, stopped.StatusCode), Is.EqualTo((HttpStatusCode.NoContent, HttpStatusCode.NotFound, HttpStatusCode.OK)));
        Assert.That(resumed.Headers.Concat(state.Headers).Concat(stopped.Headers).Select(header => header.Key), Has.None.EqualTo("X-Stream-Id"));
        Assert.That(await FindAsync(Alice), Is.EqualTo((alices, "running")));
    }

    [Test]
    public async Task ChatIdOfAnotherSubject_CanBeUsed()
    {
        var alices = await SendAsync(Alice);
        var bobs = await SendAsync(Bob);

        using var stopped = await SendAsync(Ask.Post("/api/chat/shared/stop", "{}").As(Bob));

        Assert.That(await FindAsync(Bob), Is.EqualTo((bobs, "stopped")));
        Assert.That(await FindAsync(Alice), Is.EqualTo((alices, "running")));
    }

    /// <summary>Sends a message to the chat, and returns the id of its stream.</summary>
    private async Task<string> SendAsync(string token)
    {
        using var response = await SendAsync(Ask.Post(
            "/api/chat", """{"id":"shared","source":"scripted","onDisconnect":"continue","messages":[{"role":"user","parts":[{"type":"text","text":"Hi"}]}]}""").As(token));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return response.Headers.GetValues("X-Stream-Id").Single();
    }

    private async Task<(string? Id, string? Status)> FindAsync(string token)
    {
        using var response = await SendAsync(Ask.Get("/api/chat/shared").As(token));
        var state = await response.Content.ReadFromJsonAsync<JsonElement>();
        return (state.GetProperty("id").GetString(), state.GetProperty("status").GetString());
    }
}
