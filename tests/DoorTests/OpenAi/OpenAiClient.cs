using System.Text.Json;
using SseStreaming.DoorTests.Testing;
using SseStreaming.Domain;

namespace SseStreaming.DoorTests.OpenAi;

/// <summary>The npm package <c>openai</c>.</summary>
internal static class OpenAiClient
{
    private const string Program = "openai.mjs";

    public static async Task<OpenAiResult> RunAsync(OpenAiCall call) => (await RunAsync([call]))[0];

    public static async Task<IReadOnlyList<OpenAiResult>> RunAsync(IReadOnlyList<OpenAiCall> calls)
    {
        var results = await NodeProgram.RunAsync(Program, calls);
        return results.Deserialize<List<OpenAiResult>>(JsonSerializerOptions.Web)!;
    }

    /// <summary>The stream of a completion or a response.</summary>
    public static StreamId GetStreamId(string? id) =>
        StreamId.TryParse(id.AsSpan(id!.IndexOfAny('-', '_') + 1), out var streamId) ? streamId : throw new AssertionException($"'{id}' has no stream id.");
}
