using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SseStreaming.Benchmarks.Load;

/// <summary>The common alternatives to the server, each in its own process.</summary>
internal static class Peers
{
    private static readonly string[] Words = [.. Enumerable.Range(0, 64).Select(i => " ipsum" + new string('x', i % 5))];

    public static async Task RunAsync(string kind, string port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var app = builder.Build();
        var broadcast = new Broadcast();
        if (kind == "loop")
            app.MapGet("/sse", (HttpContext context, int words, int pace, bool? shared) =>
                shared is true ? SharedLoopAsync(context, broadcast, pace) : LoopAsync(context, words, pace));
        else
            app.MapGet("/sse", (int words, int pace, bool? shared, CancellationToken cancellationToken) =>
                shared is true
                    ? TypedResults.ServerSentEvents(broadcast.JoinAsync(pace, cancellationToken))
                    : TypedResults.ServerSentEvents(ItemsAsync(words, pace, cancellationToken)));
        await app.RunAsync($"http://127.0.0.1:{port}");
    }

    /// <summary>The usual loop: the baseline of all ratios.</summary>
    private static async Task LoopAsync(HttpContext context, int words, int pace)
    {
        var cancellationToken = context.RequestAborted;
        context.Response.ContentType = "text/event-stream";
        try
        {
            for (var i = 0; i < words; i++)
            {
                await context.Response.WriteAsync($"data: {Words[i & 63]}\n\n", cancellationToken);
                await context.Response.Body.FlushAsync(cancellationToken);
                if (pace > 0)
                    await Task.Delay(pace, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>The same loop with one generation for all viewers.</summary>
    private static async Task SharedLoopAsync(HttpContext context, Broadcast broadcast, int pace)
    {
        var cancellationToken = context.RequestAborted;
        context.Response.ContentType = "text/event-stream";
        try
        {
            await foreach (var word in broadcast.JoinAsync(pace, cancellationToken))
            {
                await context.Response.WriteAsync($"data: {word}\n\n", cancellationToken);
                await context.Response.Body.FlushAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static async IAsyncEnumerable<SseItem<string>> ItemsAsync(int words, int pace, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 0; i < words; i++)
        {
            yield return new SseItem<string>(Words[i & 63]);
            if (pace > 0)
                await Task.Delay(pace, cancellationToken);
        }
    }

    /// <summary>
    /// One endless generation for all viewers, as it is usually implemented: a channel per viewer, and one loop that writes to all
    /// channels. Each word is the timestamp of its generation.
    /// </summary>
    private sealed class Broadcast
    {
        private readonly ConcurrentDictionary<Channel<string>, int> _viewers = new();
        private int _generating;

        public async IAsyncEnumerable<string> JoinAsync(int pace, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var channel = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
            _viewers[channel] = 0;
            if (Interlocked.Exchange(ref _generating, 1) == 0)
                _ = GenerateAsync(pace);
            try
            {
                await foreach (var word in channel.Reader.ReadAllAsync(cancellationToken))
                    yield return word;
            }
            finally
            {
                _viewers.TryRemove(channel, out _);
            }
        }

        private async Task GenerateAsync(int pace)
        {
            while (true)
            {
                await Task.Delay(pace);
                var word = Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture);
                foreach (var (channel, _) in _viewers)
                    channel.Writer.TryWrite(word);
            }
        }
    }
}
