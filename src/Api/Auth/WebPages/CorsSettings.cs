using Microsoft.Net.Http.Headers;
using SseStreaming.AspNetCore.Doors;
using SseStreaming.AspNetCore.Doors.Durable;

namespace SseStreaming.Api.Auth.WebPages;

/// <summary>Section <c>Cors</c>: the origins whose pages may call.</summary>
internal static class CorsSettings
{
    private const string OriginsKey = "Cors:Origins";

    public static IServiceCollection AddConfiguredCors(this IServiceCollection services, IConfiguration configuration) =>
        services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .WithOrigins(configuration.GetSection(OriginsKey).Get<string[]>() ?? [])
            .WithMethods("GET", "HEAD", "POST", "PUT", "DELETE")
            // Only these origins get an answer, and a header's name gives no access. SDKs add headers of their own with each version.
            .AllowAnyHeader()
            .WithExposedHeaders(HeaderNames.Location, HeaderNames.RetryAfter, HeaderNames.WWWAuthenticate, StreamIdHeader.Name, "X-Request-Id")
            .WithExposedHeaders(DurableHeaders.Exposed)
            .SetPreflightMaxAge(TimeSpan.FromHours(1))));
}
