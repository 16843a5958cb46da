using System.Text.Json;
using SseStreaming.DoorTests.Testing;

namespace SseStreaming.DoorTests.AiSdk;

/// <summary>One version of the AI SDK, as a client of a server.</summary>
/// <param name="version">The major version.</param>
internal sealed class AiSdkClient(int version)
{
    /// <summary>Options of a source, and the other fields that the transport adds to its body.</summary>
    public object Body { get; init; } = new { source = "lorem", words = 20, pace = 0 };

    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>Sends a message to a chat, and reads until the client sees an end, or has this number of characters.</summary>
    public async Task<AiSdkResult> SendAsync(Uri server, string chat, int? leaveAfter = null) =>
        (await SendAsync(server, [chat], atOnce: false, leaveAfter)).Single();

    /// <summary>Sends a message to each chat, in order or at once.</summary>
    public Task<AiSdkResult[]> SendAsync(Uri server, IReadOnlyList<string> chats, bool atOnce = false, int? leaveAfter = null) =>
        RunAsync(server, chats, reconnect: false, atOnce, leaveAfter);

    /// <summary>Reconnects to each chat, as a page does after a reload.</summary>
    public Task<AiSdkResult[]> ReconnectAsync(Uri server, params IReadOnlyList<string> chats) =>
        RunAsync(server, chats, reconnect: true, atOnce: false, leaveAfter: null);

    private async Task<AiSdkResult[]> RunAsync(Uri server, IReadOnlyList<string> chats, bool reconnect, bool atOnce, int? leaveAfter)
    {
        var messages = new[] { new { id = "m1", role = "user", parts = new[] { new { type = "text", text = "Hello" } } } };
        var output = await NodeProgram.RunAsync(
            "ai-sdk.mjs", new { version, server, chats, reconnect, atOnce, leaveAfter, messages, body = Body, headers = Headers });
        return output.Deserialize<AiSdkResult[]>(JsonSerializerOptions.Web)!;
    }
}
