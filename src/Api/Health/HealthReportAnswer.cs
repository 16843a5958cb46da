using System.Text.Json.Nodes;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SseStreaming.Api.Health;

/// <summary>Writes the results of health checks as JSON, with the name and the reason of each failure.</summary>
internal static class HealthReportAnswer
{
    /// <summary>Tag of the checks of <c>/health/ready</c>.</summary>
    public const string Ready = "ready";

    public static Task WriteAsync(HttpContext context, HealthReport report)
    {
        // Not ready as soon as the stop begins, so that a balancer sends no further requests. Not a health check of its own, because the
        // framework logs each failed check as an error.
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
