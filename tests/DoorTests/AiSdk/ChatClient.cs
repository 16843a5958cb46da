using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace SseStreaming.DoorTests.AiSdk;

/// <summary>Requests to the routes of one chat, without the SDK.</summary>
/// <param name="server">A node.</param>
/// <param name="chat">The id of the chat.</param>
internal sealed class ChatClient(Uri server, string chat)
{
    private static readonly HttpClient Http = new();

    private string Path => $"/api/chat/{Uri.EscapeDataString(chat)}";

    /// <summary>The state of the chat's last stream; null if it has none.</summary>
    public async Task<JsonElement?> FindAsync()
    {
        using var response = await Http.GetAsync(new Uri(server, Path));
        if (response.StatusCode is HttpStatusCode.NotFound)
            return null;
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    public async Task<string> GetAsync(string field) => (await FindAsync())!.Value.GetProperty(field).ToString();

    /// <summary>Waits until the chat has a stream with some text and this number of viewers.</summary>
    public Task RunsAsync(int viewers) => Eventually.Happens(
        async () => await FindAsync() is { } state && state.GetProperty("segments").GetInt32() > 5 && state.GetProperty("viewers").GetInt32() == viewers,
        $"the chat has a stream with text and {viewers} viewers");

    public async Task<string> StopAsync(object? body = null)
    {
        using var response = await Http.PostAsync(new Uri(server, $"{Path}/stop"), body is null ? null : JsonContent.Create(body));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>The whole text of a stream.</summary>
    public async Task<string> ReadTextAsync(string? streamId) => await Http.GetStringAsync(new Uri(server, $"/streams/{streamId}/text"));
}
