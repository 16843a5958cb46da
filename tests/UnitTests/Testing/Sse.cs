using System.Net.ServerSentEvents;
using System.Text;

namespace SseStreaming.UnitTests.Testing;

/// <summary>Parses frames with the framework's parser, which is independent of the server.</summary>
internal static class Sse
{
    public static IReadOnlyList<SseItem<string>> Parse(ReadOnlyMemory<byte> frames, params int[] pieces) =>
        [.. SseParser.Create(new PiecewiseStream(frames, pieces), static (_, data) => Encoding.UTF8.GetString(data)).Enumerate()];
}
