using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SseStreaming.IntegrationTests.Client;

/// <summary>A server on a real socket that answers its requests as a test says, in order; the last answer repeats.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    public const string Started = "id: s.1\nevent: started\ndata: {\"streamId\":\"s\",\"source\":\"lorem\"}\n\n";
    public const string Completed = "id: s.9\nevent: completed\ndata: {\"finishReason\":\"stop\"}\n\n";

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<SeenRequest> _requests = new();

    private ScriptedServer(RequestDelegate[] answers)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var number = _requests.Count;
            _requests.Enqueue(new SeenRequest(
                $"{context.Request.Method} {context.Request.Path}", context.Request.Headers["Last-Event-ID"], context.Request.Headers["Idempotency-Key"],
                await reader.ReadToEndAsync()));
            await answers[Math.Min(number, answers.Length - 1)](context);
        });
    }

    public IReadOnlyList<SeenRequest> Requests => [.. _requests];

    public Uri Address => new(_app.Urls.Single());

    public static async Task<ScriptedServer> StartAsync(params RequestDelegate[] answers)
    {
        var server = new ScriptedServer(answers);
        await server._app.StartAsync();
        return server;
    }

    public static RequestDelegate Events(string frames, string contentType = "text/event-stream") => context =>
    {
        context.Response.ContentType = contentType;
        return context.Response.WriteAsync(frames);
    };

    public static RequestDelegate Status(int status, string? retryAfter = null) => context =>
    {
        context.Response.StatusCode = status;
        if (retryAfter is not null)
            context.Response.Headers.RetryAfter = retryAfter;
        return Task.CompletedTask;
    };

    /// <summary>Sends frames, and then nothing until the client leaves.</summary>
    public static RequestDelegate Silence(string frames) => async context =>
    {
        if (frames.Length > 0)
            await Events(frames)(context);
        var left = new TaskCompletionSource();
        await using var registration = context.RequestAborted.Register(left.SetResult);
        await left.Task;
    };

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    internal sealed record SeenRequest(string Line, string? LastEventId, string? IdempotencyKey, string Body);
}
