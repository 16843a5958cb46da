using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.Extensions.DependencyInjection;
using SseStreaming.AspNetCore;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Embedding;

/// <summary>An application answers the same with and without the package.</summary>
internal sealed partial class UnchangedHostTests
{
    private static TestHost _without = null!;
    private static TestHost _with = null!;

    [OneTimeSetUp]
    public static async Task Start()
    {
        _without = await TestHost.StartAsync(Configure, Map);
        _with = await TestHost.StartAsync(
            builder =>
            {
                Configure(builder);
                TestHost.AddStreams(builder);
            },
            app =>
            {
                Map(app);
                app.MapTextStreams("/ai");
            });
    }

    [OneTimeTearDown]
    public static async Task Stop()
    {
        await _with.DisposeAsync();
        await _without.DisposeAsync();
    }

    [TestCase("GET", "/")]
    [TestCase("GET", "/hello/7")]
    [TestCase("GET", "/hello/seven")]
    [TestCase("PUT", "/hello/7")]
    [TestCase("GET", "/fail")]
    [TestCase("GET", "/host/7")]
    [TestCase("GET", "/host/0")]
    [TestCase("GET", "/host/seven")]
    [TestCase("POST", "/host", """{ "Name": "pens", "Count": 3 }""")]
    [TestCase("POST", "/host", """{ "Name": "pencils", "Count": 10 }""")]
    [TestCase("POST", "/host", "{")]
    [TestCase("POST", "/host", "")]
    [TestCase("POST", "/host", "pens", "text/plain")]
    [TestCase("OPTIONS", "/host")]
    [TestCase("GET", "/health")]
    [TestCase("GET", "/openapi/v1.json")]
    [TestCase("GET", "/missing")]
    [TestCase("GET", "/sources")]
    [TestCase("GET", "/sse")]
    [TestCase("POST", "/streams", "{}")]
    [TestCase("GET", "/v1/models")]
    public async Task Answer_OfTheHost_IsTheSame(string method, string path, string? body = null, string contentType = "application/json")
    {
        var expected = await AskAsync(_without, method, path, body, contentType);

        Assert.That(await AskAsync(_with, method, path, body, contentType), Is.EqualTo(expected));
    }

    [Test]
    public async Task Answer_OfThePackage_HasNothingOfTheHost()
    {
        var sources = await AskAsync(_with, "GET", "/ai/sources");
        var invalid = await AskAsync(_with, "POST", "/ai/streams", "{");
        var models = await AskAsync(_with, "GET", "/ai/v1/models");

        Assert.That(sources, Does.StartWith("200").And.Contains("\"takesPrompt\":false").And.Not.Contains("Host-Filter"));
        Assert.That(invalid, Does.StartWith("400").And.Contains("application/problem+json").And.Contains("\"title\":\"The request is not valid.\"").And.Not.Contains("Host-Filter"));
        Assert.That(models, Does.StartWith("200").And.Contains("\"object\":\"list\"").And.Contains("X-Request-ID"));
    }

    [Test]
    public async Task Host_WithoutMvc_NeedsNone()
    {
        await using var host = await TestHost.StartAsync(TestHost.AddStreams, app => app.MapTextStreams("/ai"));

        var started = await AskAsync(host, "POST", "/ai/streams", "{ \"source\": \"numbers\" }");

        Assert.That(started, Does.StartWith("201"));
    }

    /// <summary>An application with settings that show wherever they have an effect.</summary>
    private static void Configure(WebApplicationBuilder builder)
    {
        builder.Services
            .AddControllers(mvc => mvc.Filters.Add(new HostFilter()))
            .AddJsonOptions(json => (json.JsonSerializerOptions.PropertyNamingPolicy, json.JsonSerializerOptions.WriteIndented) = (JsonNamingPolicy.KebabCaseUpper, true))
            .ConfigureApiBehaviorOptions(api => api.InvalidModelStateResponseFactory = _ => new BadRequestObjectResult("the host's answer"))
            // As the build of a program does for each library that it references.
            .AddApplicationPart(typeof(TextStreamsOptions).Assembly);
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseUpper);
        builder.Services.AddProblemDetails(problems => problems.CustomizeProblemDetails = context => context.ProblemDetails.Extensions["host"] = true);
        builder.Services.AddOpenApi();
        builder.Services.AddHealthChecks();
        builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy.WithOrigins("https://host.example")));
    }

    private static void Map(WebApplication app)
    {
        app.UseExceptionHandler(handler => handler.Run(context => context.Response.WriteAsync("the host's error page")));
        app.UseStatusCodePages("text/plain", "the host's page for {0}");
        app.UseCors();
        app.MapGet("/", () => "home");
        app.MapGet("/hello/{id:int}", (int id) => new { HelloId = id }).WithName("GetStream");
        app.MapGet("/fail", string () => throw new InvalidOperationException("The host fails."));
        app.MapControllers();
        app.MapOpenApi();
        app.MapHealthChecks("/health");
    }

    /// <summary>Status, headers and body, without what differs from one request to the next.</summary>
    private static async Task<string> AskAsync(TestHost host, string method, string path, string? body = null, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, contentType);
        request.With("Origin", "https://host.example").With("Access-Control-Request-Method", method is "OPTIONS" ? "POST" : null);
        using var response = await host.Client.SendAsync(request);
        var headers = response.Headers.Concat(response.Content.Headers).Where(header => header.Key is not ("Date" or "Content-Length"))
            .Select(header => $"{header.Key}: {string.Join(", ", header.Value)}").Order(StringComparer.Ordinal);
        var text = $"{(int)response.StatusCode}\n{string.Join('\n', headers)}\n{await response.Content.ReadAsStringAsync()}";
        return Varying().Replace(text.Replace(host.Client.BaseAddress!.Authority, "host", StringComparison.Ordinal), "…");
    }

    [GeneratedRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]|0H[0-9A-Z]{11}:[0-9A-F]{8}")]
    private static partial Regex Varying();

    private sealed class HostFilter : IResultFilter
    {
        public void OnResultExecuting(ResultExecutingContext context) => context.HttpContext.Response.Headers["Host-Filter"] = "yes";

        public void OnResultExecuted(ResultExecutedContext context)
        {
        }
    }
}
