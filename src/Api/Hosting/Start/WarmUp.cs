using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http.Features;
using SseStreaming.Application;
using SseStreaming.Application.Reading;
using SseStreaming.AspNetCore.Auth;

namespace SseStreaming.Api.Hosting.Start;

/// <summary>
/// Streams a few passages through the server's own pipeline once it listens, and before it is ready, so that clients do not meet code that is
/// still compiled. A request that does not wait for the readiness ends it, because that request needs the processor.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The source is cancelled in any case, which releases its timer.")]
internal sealed partial class WarmUp(
    ITextStreamService streams, IHttpContextFactory contexts, TimeProvider time, ILogger<WarmUp> logger) : IStartupFilter, IHostedLifecycleService
{
    public const string Setting = nameof(WarmUp);

    private const int Requests = 3;

    private const string Source = "lorem";
    private const string Path = "/sse";
    private const string Query = $"?source={Source}&words=2000&pace=0";

    /// <summary>A client that has waited for the port connects first.</summary>
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(100);

    /// <summary>After this time the server is ready without it, if its store is.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _ended = new(Timeout.InfiniteTimeSpan, time);
    private RequestDelegate _pipeline = null!;
    private Task _run = Task.CompletedTask;

    /// <summary>True when it has ended, in any way.</summary>
    public bool HasEnded => _ended.IsCancellationRequested;

    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<WarmUp>();
        services.AddSingleton<IStartupFilter>(provider => provider.GetRequiredService<WarmUp>());
        services.AddHostedService(provider => provider.GetRequiredService<WarmUp>());
    }

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(pipeline =>
        {
            _pipeline = pipeline;
            return context =>
            {
                if (!HasEnded && !context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal))
                    _ = _ended.CancelAsync();
                return pipeline(context);
            };
        });
        next(app);
    };

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _run = RunAsync();
        return Task.CompletedTask;
    }

    /// <summary>Ends before the drain begins, which would wait for its stream.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _ended.CancelAsync();
        await _run.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task RunAsync()
    {
        _ended.CancelAfter(Limit);
        try
        {
            await Task.Delay(Delay, time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var begun = time.GetTimestamp();
            // Another source may be slow, or cost money.
            for (var i = streams.Sources.Any(source => source.Name == Source) ? 0 : Requests; i < Requests && !HasEnded; i++)
            {
                var status = await RequestAsync();
                if (status is not StatusCodes.Status200OK)
                {
                    Log.Refused(logger, status);
                    return;
                }
            }
            if (!HasEnded)
                Log.Finished(logger, time.GetElapsedTime(begun).TotalMilliseconds);
        }
        catch (OperationCanceledException) when (HasEnded)
        {
        }
#pragma warning disable CA1031 // A server that was not warmed up works.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.Failed(logger, exception);
        }
        finally
        {
            await _ended.CancelAsync();
        }
    }

    /// <summary>Requests a stream as a client of this machine would, and drops it.</summary>
    /// <returns>The status code.</returns>
    private async Task<int> RequestAsync()
    {
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(new HttpRequestFeature
        {
            Method = HttpMethods.Get,
            Protocol = HttpProtocol.Http11,
            Scheme = Uri.UriSchemeHttp,
            Path = Path,
            QueryString = Query,
            RawTarget = Path + Query,
        });
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
        features.Set<IHttpRequestLifetimeFeature>(new HttpRequestLifetimeFeature { RequestAborted = _ended.Token });
        var context = contexts.Create(features);
        try
        {
            await _pipeline(context);
            return context.Response.StatusCode;
        }
        finally
        {
            if (context.Features.Get<StreamViewer>() is { } viewer)
                await streams.ForgetAsync(context.GetCaller(), viewer.StreamId, CancellationToken.None);
            contexts.Dispose(context);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Warmed up in {Elapsed:0} ms")]
        public static partial void Finished(ILogger logger, double elapsed);

        [LoggerMessage(2, LogLevel.Information, "Not warmed up: the server answers its own request with {StatusCode}")]
        public static partial void Refused(ILogger logger, int statusCode);

        [LoggerMessage(3, LogLevel.Warning, "The warm-up failed; the server starts without it")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
