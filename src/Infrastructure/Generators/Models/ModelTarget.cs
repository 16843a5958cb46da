namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>The model of a source, as far as it is known, for telemetry, the log and the probe.</summary>
internal sealed record ModelTarget(string Provider, string Model, Uri? Server, string Path)
{
    public static ModelTarget From(ModelServerOptions options, string provider, string path) =>
        new(provider, options.Model!, new Uri(options.Endpoint!), path);
}
