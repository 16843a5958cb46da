using SseStreaming.Testing.Models;
using SseStreaming.Testing.Servers;

namespace SseStreaming.SourceTests.Server;

/// <summary>The complete server with a model as its source.</summary>
internal static class ModelServer
{
    public const string Key = "sk-the-s3cret-key";

    public static Dictionary<string, string> Settings(UpstreamServer upstream, params (string Key, string Value)[] more)
    {
        var settings = new Dictionary<string, string>
        {
            ["Sources:Default"] = "model",
            ["Sources:OpenAi:model:Endpoint"] = upstream.Endpoint,
            ["Sources:OpenAi:model:ApiKey"] = Key,
            ["Sources:OpenAi:model:Model"] = "m",
            ["Sources:OpenAi:model:Retries"] = "0",
        };
        foreach (var (key, value) in more)
            settings[key] = value;
        return settings;
    }

    public static RunningServer Start(UpstreamServer upstream, params (string Key, string Value)[] more) =>
        RunningServer.Start(Settings(upstream, more), []);
}
