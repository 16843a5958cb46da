using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace SseStreaming.Testing.Models;

/// <summary>One connection of a client: its requests in order, and the time of its closing by the client.</summary>
internal sealed partial class UpstreamConnection(Socket socket) : IDisposable
{
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<byte> _received = [];
    private readonly byte[] _buffer = new byte[16 * 1024];

    /// <summary>Completes when the client has closed or aborted the connection.</summary>
    public Task Closed => _closed.Task;

    /// <summary>The next request; null when the client has closed the connection.</summary>
    public async Task<UpstreamCall?> ReadRequestAsync()
    {
        while (true)
        {
            var text = Encoding.Latin1.GetString([.. _received]);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                var length = int.Parse(ContentLength().Match(text).Groups[1].Value, CultureInfo.InvariantCulture);
                if (_received.Count >= end + 4 + length)
                {
                    var body = Encoding.UTF8.GetString([.. _received.Skip(end + 4).Take(length)]);
                    _received.RemoveRange(0, end + 4 + length);
                    return new UpstreamCall(this, text[..end], body);
                }
            }
            if (!await ReceiveAsync())
                return null;
        }
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
                bytes = bytes[await socket.SendAsync(bytes)..];
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            throw new IOException("The client disconnected.", exception);
        }
    }

    /// <summary>Discards what the client sends until it closes the connection.</summary>
    public async Task WaitForCloseAsync()
    {
        while (await ReceiveAsync())
        {
        }
    }

    /// <summary>Closes the connection gracefully.</summary>
    public void Close() => socket.Dispose();

    /// <summary>Aborts the connection with a TCP reset.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    public void Dispose() => socket.Dispose();

    private async Task<bool> ReceiveAsync()
    {
        try
        {
            var count = await socket.ReceiveAsync(_buffer);
            _received.AddRange(_buffer.AsSpan(0, count));
            if (count > 0)
                return true;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }
        _closed.TrySetResult();
        return false;
    }

    [GeneratedRegex("^Content-Length: ([0-9]+)\r?$", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex ContentLength();
}
