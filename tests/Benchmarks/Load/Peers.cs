using System.Diagnostics;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SseStreaming.Benchmarks.Load;

/// <summary>What people would use instead, each in a process of its own. With a clock, the data begins with the time of sending.</summary>
internal static class Peers
{
    private static readonly string[] Words = [.. Enumerable.Range(0, 64).Select(i => " ipsum" + new string('x', i % 5))];

    public static async Task RunAsync(string kind, string port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var app = builder.Build();
        if (kind == "loop")
            app.MapGet("/sse", LoopAsync);
        else
            app.MapGet("/sse", (int words, int pace, bool? clock, CancellationToken cancellationToken) =>
                TypedResults.ServerSentEvents(ItemsAsync(words, pace, clock is true, cancellationToken)));
        await app.RunAsync($"http://127.0.0.1:{port}");
    }

    /// <summary>The usual loop: the baseline of all ratios.</summary>
    private static async Task LoopAsync(HttpContext context, int words, int pace, bool? clock)
    {
        var cancellationToken = context.RequestAborted;
        context.Response.ContentType = "text/event-stream";
        try
        {
            for (var i = 0; i < words; i++)
            {
                var word = clock is true ? Stamp() : Words[i & 63];
                await context.Response.WriteAsync($"data: {word}\n\n", cancellationToken);
                await context.Response.Body.FlushAsync(cancellationToken);
                if (pace > 0)
                    await Task.Delay(pace, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static async IAsyncEnumerable<SseItem<string>> ItemsAsync(
        int words, int pace, bool clock, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 0; i < words; i++)
        {
            yield return new SseItem<string>(clock ? Stamp() : Words[i & 63]);
            if (pace > 0)
                await Task.Delay(pace, cancellationToken);
        }
    }

    private static string Stamp() => Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture);
}
