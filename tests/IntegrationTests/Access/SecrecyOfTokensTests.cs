using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Tracing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HttpLogging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Access;

/// <summary>No log, trace or event source of any level contains a token or a grant.</summary>
internal sealed class SecrecyOfTokensTests
{
    [Test]
    public async Task TokensAndGrants_AreInNoLogAndNoTrace()
    {
        var settings = new Dictionary<string, string>(Tokens.Settings)
        {
            ["Serilog:MinimumLevel"] = "Verbose",
            ["Serilog:MinimumLevel:Override:Microsoft"] = "Verbose",
            ["Serilog:MinimumLevel:Override:Microsoft.Hosting.Lifetime"] = "Verbose",
            ["Serilog:MinimumLevel:Override:System"] = "Verbose",
        };
        var traces = new ConcurrentQueue<string>();
        using var activities = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => traces.Enqueue($"{activity.DisplayName} {string.Join(' ', activity.TagObjects)} {string.Join(' ', activity.Baggage)}"),
        };
        ActivitySource.AddActivityListener(activities);
        using var events = new AllEvents();
        var framework = new HostingLog();
        var secrets = new List<string>();
        await using (var server = RunningServer.Start(settings, [], services => AddLogs(services, framework)))
        {
            await SendAllAsync(server, secrets);
            await server.StopAsync();

            Assert.That(framework.Lines.Count(line => line.StartsWith("Request starting", StringComparison.Ordinal)), Is.GreaterThan(10));
            Assert.That(server.Log.Lines.Count(line => line.Category.EndsWith("HttpLoggingMiddleware", StringComparison.Ordinal)), Is.GreaterThan(10));
            Assert.That(server.Log.Lines.Count(line => line.Category.EndsWith("JwtBearerHandler", StringComparison.Ordinal)), Is.GreaterThan(0));
            Assert.That(traces, Has.Count.GreaterThan(10));
            Assert.That(events.Lines, Has.Count.GreaterThan(10));
            foreach (var secret in secrets)
            {
                foreach (var line in server.Log.Lines)
                    Assert.That($"{line.Text} {line.Properties} {line.Exception}", Does.Not.Contain(secret));
                Assert.That(framework.Lines, Has.None.Contains(secret));
                Assert.That(traces, Has.None.Contains(secret));
                Assert.That(events.Lines, Has.None.Contains(secret));
            }
        }
    }

    /// <summary>Sends good and bad tokens and grants in every way, and adds the texts that no log may contain to the list.</summary>
    private static async Task SendAllAsync(RunningServer server, List<string> secrets)
    {
        var good = Tokens.Of("alice");
        using var started = await server.Client.SendAsync(Ask.Post("/streams", """{"words":1,"pace":0}""").As(good));
        var streamId = Ask.StartedBy(started);
        using var made = await server.Client.SendAsync(Ask.Post($"/streams/{streamId}/grants", "{}").As(good));
        var body = await made.Content.ReadAsStringAsync();
        var grant = System.Text.Json.JsonDocument.Parse(body).RootElement.GetProperty("grant").GetString()!;

        string[] tokens =
        [
            good, Tokens.Of("bob"), Tokens.Of("alice", claims => claims["exp"] = 1), Tokens.Of("alice", claims => claims.Remove("sub")),
            Tokens.Of("alice", claims => claims["aud"] = "elsewhere"), Tokens.Of("alice", algorithm: "none"), "not-a-token-at-all", Tokens.Mutate(good, good.Length - 5),
        ];
        string[] grants = [grant, Tokens.Mutate(grant, 20), "not-a-grant-at-all"];
        // The secret parts: claims and signatures.
        secrets.AddRange(tokens.Concat(grants));
        secrets.AddRange(tokens.SelectMany(token => token.Split('.')[1..]).Where(part => part.Length > 0));
        secrets.Add(Tokens.Key);

        foreach (var token in tokens)
        {
            foreach (var route in AccessRoutes.All)
            {
                using var inHeader = await server.Client.SendAsync(route.Request(streamId).As(token));
                using var inQuery = await server.Client.SendAsync(route.With(streamId, $"access_token={token}"));
                await inQuery.Content.ReadAsByteArrayAsync();
            }
        }
        foreach (var text in grants)
        {
            foreach (var route in AccessRoutes.All)
            {
                using var response = await server.Client.SendAsync(route.With(streamId, $"a=1&grant={text}&b=2"));
                await response.Content.ReadAsByteArrayAsync();
            }
        }
        await SendNonsenseAsync(server, streamId, good, grant);
    }

    /// <summary>Sends bytes that Kestrel refuses before there is a request.</summary>
    private static async Task SendNonsenseAsync(RunningServer server, StreamId streamId, string token, string grant)
    {
        foreach (var nonsense in new[]
        {
            $"GET /sse?access_token={token} HTTP/x\r\n\r\n",
            $"GET  /sse?access_token={token}\r\n\r\n",
            $"GET /streams/{streamId}?grant={grant}\0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            $"GET /%00?grant={grant} HTTP/1.1\r\nHost: localhost\r\n\r\n",
            $"GET /sse?access_token={token} HTTP/1.1\r\nHost: a b\r\n\r\n",
            $"GET /sse HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\0\r\n\r\n",
            $"GET /sse HTTP/1.1\r\nHost: localhost\r\nAuthorization Bearer {token}\r\n\r\n",
            $"GET /sse?access_token={token}{new string('x', 20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n",
            $"GET http://localhost/sse?access_token={token} HTTP/1.1\r\nHost: elsewhere\r\n\r\n",
        })
        {
            using var connection = await RawConnection.OpenAsync(server.EndPoint);
            await connection.SendAsync(nonsense);
            await connection.ReadHeadAsync();
            Assert.That(connection.Status, Is.InRange(400, 499), nonsense[..Math.Min(40, nonsense.Length)]);
        }
    }

    private static void AddLogs(IServiceCollection services, HostingLog framework)
    {
        var serilog = services.Last(service => service.ServiceType == typeof(ILoggerFactory));
        services.AddSingleton<ILoggerFactory>(provider => new TeeLoggerFactory((ILoggerFactory)serilog.ImplementationFactory!(provider), framework));
        services.AddHttpLogging(logging => logging.LoggingFields = HttpLoggingFields.RequestPropertiesAndHeaders | HttpLoggingFields.RequestQuery | HttpLoggingFields.ResponsePropertiesAndHeaders);
        services.AddSingleton<IStartupFilter, HttpLoggingFirst>();
    }

    private sealed class HttpLoggingFirst : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.UseHttpLogging();
            next(app);
        };
    }

    /// <summary>Adds a second log of the hosting layer, because the server's own log filters the lines that this test needs.</summary>
    private sealed class TeeLoggerFactory(ILoggerFactory inner, HostingLog hosting) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) =>
            categoryName.StartsWith("Microsoft.AspNetCore.Hosting", StringComparison.Ordinal)
                ? new TeeLogger(inner.CreateLogger(categoryName), hosting)
                : inner.CreateLogger(categoryName);

        public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

        public void Dispose() => inner.Dispose();
    }

    private sealed class TeeLogger(ILogger first, HostingLog second) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => first.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            first.Log(logLevel, eventId, state, exception, formatter);
            second.Add(state, exception, formatter);
        }
    }

    /// <summary>The framework's line for each request, with its address. The server's own log filters it; another log might not.</summary>
    private sealed class HostingLog
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public void Add<TState>(TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue($"{formatter(state, exception)} {(state is IEnumerable<KeyValuePair<string, object?>> values ? string.Join(' ', values) : "")}");
    }

    /// <summary>The events of ASP.NET Core and of the token library.</summary>
    private sealed class AllEvents : EventListener
    {
        private readonly ConcurrentQueue<string>? _lines = new();

        public IReadOnlyCollection<string> Lines => _lines!;

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            // Not the runtime's: its events contain every exception that is thrown.
            if (eventSource.Name.StartsWith("Microsoft", StringComparison.Ordinal) && eventSource.Name != "Microsoft-Windows-DotNETRuntime")
                EnableEvents(eventSource, EventLevel.Verbose, EventKeywords.All);
        }

        // May be called before the fields of this object are initialised.
        protected override void OnEventWritten(EventWrittenEventArgs eventData) =>
            _lines?.Enqueue($"{eventData.EventName} {eventData.Message} {string.Join(' ', eventData.Payload ?? (IEnumerable<object?>)[])}");
    }
}
