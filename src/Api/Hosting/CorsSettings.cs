using SseStreaming.Api.Binding;

namespace SseStreaming.Api.Hosting;

/// <summary>Section <c>Cors</c>: which pages of other origins may call.</summary>
internal static class CorsSettings
{
    private const string OriginsKey = "Cors:Origins";

    public static IServiceCollection AddConfiguredCors(this IServiceCollection services, IConfiguration configuration) =>
        services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .WithOrigins(configuration.GetSection(OriginsKey).Get<string[]>() ?? [])
            .WithMethods("GET", "POST", "DELETE")
            .WithHeaders(LastEventIdBinder.Header, "Authorization", StartRequestBinder.IdempotencyKeyHeader, "Content-Type")
            .WithExposedHeaders("Location", "Retry-After", "WWW-Authenticate")
            .SetPreflightMaxAge(TimeSpan.FromHours(1))));
}
