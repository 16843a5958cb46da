using System.Text.Json;
using SseStreaming.DoorTests.Testing;

namespace SseStreaming.DoorTests.Durable;

/// <summary>The official client, npm <c>@durable-streams/client</c>.</summary>
internal static class DurableClient
{
    public static async Task<DurableResult> RunAsync(DurableJob job) => (await RunAsync([job])).Single();

    /// <summary>Runs all jobs at once.</summary>
    public static async Task<IReadOnlyList<DurableResult>> RunAsync(params IReadOnlyList<DurableJob> jobs)
    {
        var results = await NodeProgram.RunAsync("durable.mjs", jobs);
        return results.Deserialize<List<DurableResult>>(JsonSerializerOptions.Web)!;
    }
}
