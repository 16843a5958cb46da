using Microsoft.Net.Http.Headers;
using SseStreaming.Api.Binding;

namespace SseStreaming.Api.Auth.WebPages;

/// <summary>Section <c>Cors</c>: the origins whose pages may call.</summary>
internal static class CorsSettings
{
    private const string OriginsKey = "Cors:Origins";

    /// <summary>The headers that this API reads, and those that tracing libraries and caches of browsers add by themselves.</summary>
    private static readonly string[] RequestHeaders =
    [
        LastEventIdBinder.Header, StartRequestBinder.IdempotencyKeyHeader, HeaderNames.Authorization, HeaderNames.ContentType,
        HeaderNames.CacheControl, HeaderNames.TraceParent, HeaderNames.TraceState, HeaderNames.Baggage,
    ];

    public static IServiceCollection AddConfiguredCors(this IServiceCollection services, IConfiguration configuration) =>
        services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .WithOrigins(configuration.GetSection(OriginsKey).Get<string[]>() ?? [])
            .WithMethods("GET", "POST", "DELETE")
            .WithHeaders(RequestHeaders)
            .WithExposedHeaders(HeaderNames.Location, HeaderNames.RetryAfter, HeaderNames.WWWAuthenticate)
            .SetPreflightMaxAge(TimeSpan.FromHours(1))));
}
