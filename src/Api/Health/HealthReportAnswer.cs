using System.Text.Json.Nodes;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SseStreaming.Api.Hosting.Start;

namespace SseStreaming.Api.Health;

/// <summary>Writes the results of health checks as JSON, with the name and the reason of each failure.</summary>
internal static class HealthReportAnswer
{
    /// <summary>Tag of the checks of <c>/health/ready</c>.</summary>
    public const string Ready = "ready";

    public static Task WriteAsync(HttpContext context, HealthReport report)
    {
        var unready = FindUnreadiness(context.RequestServices);
        if (unready is not null)
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;

        var checks = new JsonObject { ["server"] = Describe(unready is null ? HealthStatus.Healthy : HealthStatus.Unhealthy, unready) };
        foreach (var (name, entry) in report.Entries)
            checks[name] = Describe(entry.Status, entry.Description);
        var status = unready is null ? report.Status : HealthStatus.Unhealthy;
        return context.Response.WriteAsJsonAsync(
            new JsonObject { ["status"] = status.ToString(), ["checks"] = checks }, context.RequestAborted);
    }

    /// <summary>
    /// Why a balancer should send no requests: the server warms up, or its stop has begun. Not health checks of their own, because the framework
    /// logs each failed check as an error.
    /// </summary>
    private static string? FindUnreadiness(IServiceProvider services) =>
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested ? "The server is stopping."
        : services.GetService<WarmUp>() is { HasEnded: false } ? "The server is warming up."
        : null;

    private static JsonObject Describe(HealthStatus status, string? description)
    {
        var check = new JsonObject { ["status"] = status.ToString() };
        if (description is not null)
            check["description"] = description;
        return check;
    }
}
