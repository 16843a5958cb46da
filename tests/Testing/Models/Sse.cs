using System.Text.Json;

namespace SseStreaming.Testing.Models;

/// <summary>Frames of a streamed chat completion as real servers write them.</summary>
internal static class Sse
{
    public const string Done = "data: [DONE]\n\n";

    /// <summary>The first frame of most servers: the role without text.</summary>
    public static string Role { get; } = Chunk("""{"role":"assistant","content":""}""");

    public static string Text(string text) => Chunk($$"""{"content":{{JsonSerializer.Serialize(text)}} }""");

    public static string Finish(string reason) => Chunk("{}", $"\"{reason}\"");

    public static string Usage(int input, int output) =>
        Frame($$$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1750000000,"model":"m","choices":[],"usage":{"prompt_tokens":{{{input}}},"completion_tokens":{{{output}}},"total_tokens":{{{input + output}}} }}""");

    public static string Chunk(string delta, string finish = "null") =>
        Frame($$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1750000000,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{{delta}},"logprobs":null,"finish_reason":{{finish}} }],"usage":null}""");

    public static string Frame(string json) => $"data: {json}\n\n";

    /// <summary>A complete answer.</summary>
    public static string Answer(params string[] texts) => Role + string.Concat(texts.Select(Text)) + Finish("stop") + Usage(3, texts.Length) + Done;
}
