using Microsoft.Extensions.Logging.Abstractions;
using SseStreaming.Infrastructure.Generators.Models;
using SseStreaming.Infrastructure.Generators.OpenAi;
using SseStreaming.Testing.Models;

namespace SseStreaming.SourceTests.OpenAi;

/// <summary>Creates the generator under test as the server does.</summary>
internal static class OpenAiFixture
{
    public static OpenAiGenerator Generator(UpstreamServer server, Action<OpenAiOptions>? change = null, TimeProvider? time = null, Meters? meters = null) =>
        Generator(server.Endpoint, change, time, meters);

    /// <summary>Without retries, unless a test is about them.</summary>
    public static OpenAiGenerator Generator(
        string endpoint, Action<OpenAiOptions>? change = null, TimeProvider? time = null, Meters? meters = null)
    {
        var options = new OpenAiOptions { Endpoint = endpoint, Model = "m", ApiKey = "sk-s3cret", Retries = 0 };
        change?.Invoke(options);
        return new OpenAiGenerator("model", options, new ModelMetrics(meters ?? new Meters()), time ?? TimeProvider.System, NullLogger<OpenAiGenerator>.Instance);
    }

    /// <summary>Fails if the task completes within 100 ms.</summary>
    public static async Task StaysPendingAsync(this Task task)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.That(task.IsCompleted, Is.False, "The task completed too early.");
    }
}
