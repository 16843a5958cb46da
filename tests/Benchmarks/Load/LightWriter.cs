using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SseStreaming.Benchmarks.Load;

/// <summary>A client with minimal cost that appends to a stream of the Durable Streams protocol, one append after the other.</summary>
internal sealed class LightWriter(IPEndPoint address, string path) : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _append = Encode("POST", path, " a word or two");
    private readonly byte[] _buffer = new byte[4096];

    /// <summary>Appends per second of several writers, which share the streams.</summary>
    public static async Task<double> RateAsync(IPEndPoint address, int writers, int streams, TimeSpan time)
    {
        var run = Guid.NewGuid().ToString("N");
        var all = Enumerable.Range(0, writers)
            .Select(i => new LightWriter(address, string.Create(CultureInfo.InvariantCulture, $"/v1/stream/{run}/{i % streams}"))).ToList();
        await Task.WhenAll(all.Select(writer => writer.CreateAsync()));
        var begun = Stopwatch.GetTimestamp();
        var appends = await Task.WhenAll(all.Select(writer => writer.AppendAsync(begun, time)));
        var elapsed = Stopwatch.GetElapsedTime(begun);
        all.ForEach(writer => writer.Dispose());
        return appends.Sum() / elapsed.TotalSeconds;
    }

    public void Dispose() => _socket.Dispose();

    private async Task CreateAsync()
    {
        await _socket.ConnectAsync(address);
        await SendAsync(Encode("PUT", path, ""));
    }

    private async Task<long> AppendAsync(long begun, TimeSpan time)
    {
        var appends = 0L;
        while (Stopwatch.GetElapsedTime(begun) < time)
        {
            // The reference server on disk does not find a stream at times.
            if (await SendAsync(_append))
                appends++;
        }
        return appends;
    }

    /// <summary>Sends a request, and reads its answer. False if the server refuses it.</summary>
    private async Task<bool> SendAsync(byte[] request)
    {
        await _socket.SendAsync(request);
        var read = 0;
        while (!IsWhole(_buffer.AsSpan(0, read)))
            read += await _socket.ReceiveAsync(_buffer.AsMemory(read)) is > 0 and var count ? count : throw new EndOfStreamException();
        return _buffer.AsSpan().StartsWith("HTTP/1.1 20"u8);
    }

    private static bool IsWhole(ReadOnlySpan<byte> answer) =>
        answer.EndsWith("\r\n\r\n"u8) && (answer.IndexOf("chunked"u8) < 0 || answer.EndsWith("\r\n0\r\n\r\n"u8));

    private static byte[] Encode(string method, string path, string text) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
        $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: {text.Length}\r\n\r\n{text}"));
}
