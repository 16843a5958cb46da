using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SseStreaming.IntegrationTests.Testing;

/// <summary>HTTP/1.1 on a raw socket, which a test can close, half-close or reset, or leave unread.</summary>
internal sealed class RawConnection : IDisposable
{
    private const string CrLf = "\r\n";

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly StringBuilder _body = new();
    private byte[] _received = [];

    private RawConnection(Socket socket) => _socket = socket;

    /// <summary>The status line and the headers, as received.</summary>
    public string Head { get; private set; } = "";

    public int Status => int.Parse(Head.Split(' ')[1], CultureInfo.InvariantCulture);

    /// <summary>The body received so far, without the chunk framing.</summary>
    public string Body => _body.ToString();

    /// <summary>True when the last chunk was received.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>True when received bytes are unread.</summary>
    public bool Available => _received.Length > 0 || _socket.Available > 0;

    /// <summary>True when the server has closed the connection and no bytes are left to read.</summary>
    public Task<bool> IsEndedAsync()
    {
        try
        {
            return Task.FromResult(_socket.Poll(TimeSpan.Zero, SelectMode.SelectRead) && _socket.Available == 0);
        }
        catch (SocketException)
        {
            return Task.FromResult(true);
        }
    }

    /// <summary>Reads at most this number of bytes and discards them; false at the end of the connection.</summary>
    public async Task<bool> SipAsync(int bytes)
    {
        try
        {
            return await _socket.ReceiveAsync(_buffer.AsMemory(0, bytes)).AsTask().WaitAsync(Eventually.Limit) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <param name="receiveBuffer">Size of the receive buffer in bytes; zero: the default of the system.</param>
    /// <param name="from">The local address; null: chosen by the system.</param>
    public static async Task<RawConnection> OpenAsync(IPEndPoint server, int receiveBuffer = 0, IPAddress? from = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer > 0)
            socket.ReceiveBufferSize = receiveBuffer;
        if (from is not null)
            socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(server).WaitAsync(Eventually.Limit);
        return new RawConnection(socket);
    }

    /// <summary>Opens an event stream, and waits until its first frame has arrived.</summary>
    public static async Task<RawConnection> ViewAsync(IPEndPoint server, string path, string? lastEventId = null, int receiveBuffer = 0)
    {
        var connection = await OpenAsync(server, receiveBuffer);
        await connection.GetAsync(path, lastEventId);
        await connection.ReadHeadAsync();
        Assert.That(connection.Status, Is.EqualTo(200), connection.Head);
        await connection.ReadUntilAsync("retry: ");
        return connection;
    }

    public Task GetAsync(string path, string? lastEventId = null) => SendAsync(
        $"GET {path} HTTP/1.1{CrLf}Host: localhost{CrLf}{(lastEventId is null ? "" : $"Last-Event-ID: {lastEventId}{CrLf}")}{CrLf}");

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await _socket.SendAsync(bytes).AsTask().WaitAsync(Eventually.Limit)..];
    }

    /// <summary>Reads the head of the next response.</summary>
    public async Task ReadHeadAsync()
    {
        while (true)
        {
            var end = _received.AsSpan().IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                Head = Encoding.ASCII.GetString(_received, 0, end);
                IsComplete = false;
                _body.Clear();
                _received = _received[(end + 4)..];
                return;
            }
            if (!await ReceiveAsync())
                throw new EndOfStreamException("The connection ended before a response was received.");
        }
    }

    /// <summary>Reads until the body contains the text.</summary>
    public Task ReadUntilAsync(string text) => ReadChunksUntilAsync(text).WaitAsync(Eventually.Limit);

    /// <summary>Reads until the response or the connection has ended.</summary>
    public Task ReadToEndAsync() => ReadChunksAsync().WaitAsync(Eventually.Limit);

    /// <summary>Waits until the server has closed the connection.</summary>
    public async Task ReadToCloseAsync()
    {
        while (await ReceiveAsync())
        {
        }
    }

    /// <summary>Closes the connection with FIN, if all received bytes were read; the system resets a connection with unread bytes.</summary>
    public void Close()
    {
        _socket.Shutdown(SocketShutdown.Both);
        _socket.Close();
    }

    /// <summary>Sends FIN; the connection can still be read.</summary>
    public void HalfClose() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes the connection with RST.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public void Dispose() => _socket.Dispose();

    private async Task ReadChunksUntilAsync(string text)
    {
        while (!Body.Contains(text, StringComparison.Ordinal))
        {
            if (!await ReadChunkAsync())
                throw new EndOfStreamException($"The response ended without '{text}': {Body}");
        }
    }

    private async Task ReadChunksAsync()
    {
        while (await ReadChunkAsync())
        {
        }
    }

    private async Task<bool> ReadChunkAsync()
    {
        if (IsComplete)
            return false;
        while (true)
        {
            var line = _received.AsSpan().IndexOf("\r\n"u8);
            if (line >= 0)
            {
                var length = int.Parse(Encoding.ASCII.GetString(_received, 0, line), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                var end = line + 2 + length;
                if (_received.Length >= end + 2)
                {
                    IsComplete = length == 0;
                    _body.Append(Encoding.UTF8.GetString(_received, line + 2, length));
                    _received = _received[(end + 2)..];
                    return !IsComplete;
                }
            }
            if (!await ReceiveAsync())
                return false;
        }
    }

    private async Task<bool> ReceiveAsync()
    {
        try
        {
            var read = await _socket.ReceiveAsync(_buffer.AsMemory()).AsTask().WaitAsync(Eventually.Limit);
            _received = [.. _received, .. _buffer.AsSpan(0, read)];
            return read > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
