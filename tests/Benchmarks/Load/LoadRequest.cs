using System.Globalization;
using System.Text;

namespace SseStreaming.Benchmarks.Load;

/// <summary>A request of a viewer: a GET, or a POST if there is JSON.</summary>
/// <param name="Path">Path and query.</param>
/// <param name="Json">The body of a POST; null for a GET.</param>
/// <param name="Headers">Further headers, each with its line end.</param>
internal sealed record LoadRequest(string Path, string? Json = null, string Headers = "")
{
    public byte[] ToBytes() => Encoding.ASCII.GetBytes(Json is null
        ? $"GET {Path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{Headers}\r\n"
        : string.Create(CultureInfo.InvariantCulture,
            $"POST {Path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {Json.Length}\r\n{Headers}\r\n{Json}"));
}
