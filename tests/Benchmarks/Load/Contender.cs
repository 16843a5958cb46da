using System.Net.Http.Json;
using System.Text.Json;

namespace SseStreaming.Benchmarks.Load;

/// <summary>One of those that are compared: how to start it, and how to ask it for what a scenario needs.</summary>
internal sealed record Contender(string Name, string[] Command, Dictionary<string, string> Environment, bool HasStreams)
{
    public Task<ServerProcess> StartAsync() => ServerProcess.StartAsync(Command, Environment);

    /// <summary>A generation of a viewer's own.</summary>
    public string Own(int words, int pace) => $"/sse?words={words}&pace={pace}";

    /// <summary>Starts what many are to view, and returns the path of their requests. What has no streams gives each its own.</summary>
    public async Task<(string Path, string StreamId)> ShareAsync(ServerProcess server, int words, int pace)
    {
        if (!HasStreams)
            return (Own(words, pace), "");
        using var http = new HttpClient();
        using var response = await http.PostAsJsonAsync($"http://{server.Address}/streams", new { words, pace, onDisconnect = "continue" });
        response.EnsureSuccessStatusCode();
        var id = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        return ($"/streams/{id}/events", id);
    }

    /// <summary>Waits until a stream has all of its events.</summary>
    public static async Task WaitUntilCompleteAsync(ServerProcess server, string streamId)
    {
        using var http = new HttpClient();
        while ((await http.GetFromJsonAsync<JsonElement>($"http://{server.Address}/streams/{streamId}")).GetProperty("status").GetString() == "running")
            await Task.Delay(20);
    }
}
