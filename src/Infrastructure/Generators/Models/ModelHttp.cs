namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>The connections to a model's server.</summary>
internal static class ModelHttp
{
    public static SocketsHttpHandler CreateHandler(TimeSpan connectTimeout) => new()
    {
        ConnectTimeout = connectTimeout,
        // The address of a name may change.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        // To read an abandoned response to its end would save the connection, but costs tokens. A response that has ended
        // already returns its connection to the pool without it.
        MaxResponseDrainSize = 0,
        // The key would be sent to the address that a redirect names.
        AllowAutoRedirect = false,
        UseCookies = false,
    };
}
