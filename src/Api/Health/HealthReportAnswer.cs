using System.Text.Json.Nodes;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SseStreaming.Api.Health;

/// <summary>Writes the outcome of health checks as JSON: an operator wants to know which of them it was, and why.</summary>
internal static class HealthReportAnswer
{
    /// <summary>Tag of the checks that say whether the server can be used.</summary>
    public const string Ready = "ready";

    public static Task WriteAsync(HttpContext context, HealthReport report)
    {
        // Not ready as soon as the server begins to stop, so that a balancer sends nobody here any more. This is no check: the
        // framework logs an error each time that one fails, and a stop is no fault.
        var isStopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested;
        if (isStopping)
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;

        var checks = new JsonObject { ["server"] = Describe(isStopping ? HealthStatus.Unhealthy : HealthStatus.Healthy, isStopping ? "The server is stopping." : null) };
        foreach (var (name, entry) in report.Entries)
            checks[name] = Describe(entry.Status, entry.Description);
        var status = isStopping ? HealthStatus.Unhealthy : report.Status;
        return context.Response.WriteAsJsonAsync(
            new JsonObject { ["status"] = status.ToString(), ["checks"] = checks }, context.RequestAborted);
    }

    private static JsonObject Describe(HealthStatus status, string? description)
    {
        var check = new JsonObject { ["status"] = status.ToString() };
        if (description is not null)
            check["description"] = description;
        return check;
    }
}
