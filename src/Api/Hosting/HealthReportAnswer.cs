using System.Text.Json.Nodes;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SseStreaming.Api.Hosting;

/// <summary>Writes the outcome of health checks as JSON: an operator wants to know which of them it was, and why.</summary>
internal static class HealthReportAnswer
{
    public static Task WriteAsync(HttpContext context, HealthReport report)
    {
        var checks = new JsonObject();
        foreach (var (name, entry) in report.Entries)
        {
            var check = new JsonObject { ["status"] = entry.Status.ToString() };
            if (entry.Description is not null)
                check["description"] = entry.Description;
            checks[name] = check;
        }
        return context.Response.WriteAsJsonAsync(
            new JsonObject { ["status"] = report.Status.ToString(), ["checks"] = checks }, context.RequestAborted);
    }
}
