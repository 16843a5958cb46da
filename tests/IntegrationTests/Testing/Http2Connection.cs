using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SseStreaming.IntegrationTests.Testing;

/// <summary>HTTP/2 without TLS (prior knowledge), frame by frame, with frames that no valid client sends.</summary>
internal sealed class Http2Connection : IDisposable
{
    public const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, Ping = 6, GoAway = 7, WindowUpdate = 8, Continuation = 9;
    public const byte EndStream = 1, Acknowledge = 1, EndHeaders = 4;

    private readonly Socket _socket;
    private readonly NetworkStream _stream;

    private Http2Connection(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>ID of the next stream that the client opens.</summary>
    public int NextStream { get; private set; } = 1;

    /// <param name="settings">Pairs of identifier and value.</param>
    public static async Task<Http2Connection> OpenAsync(IPEndPoint server, params (ushort Id, uint Value)[] settings)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server).WaitAsync(Eventually.Limit);
        var connection = new Http2Connection(socket);
        var payload = new byte[6 * settings.Length];
        for (var i = 0; i < settings.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(6 * i), settings[i].Id);
            BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan((6 * i) + 2), settings[i].Value);
        }
        byte[] preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0, payload)];
        await connection.SendAsync(preface);
        return connection;
    }

    /// <summary>Bytes of one frame.</summary>
    public static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[9 + payload.Length];
        frame[0] = (byte)(payload.Length >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(1), (ushort)payload.Length);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(9));
        return frame;
    }

    /// <summary>The header block of a GET, without compression.</summary>
    public static byte[] Get(string path) =>
        // Of the static table: ":method: GET", ":scheme: http", then ":path" and ":authority" with values of their own.
        [0x82, 0x86, 0x04, .. Literal(path), 0x01, .. Literal("localhost")];

    public static byte[] Header(string name, string value) => [0x00, .. Literal(name), .. Literal(value)];

    public int TakeStream() => (NextStream += 2) - 2;

    /// <summary>False if the server has closed the connection.</summary>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await _stream.WriteAsync(bytes).AsTask().WaitAsync(Eventually.Limit);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>The next frame; null at the end of the connection.</summary>
    public async Task<(byte Type, byte Flags, int Stream, byte[] Payload)?> ReadAsync()
    {
        var head = new byte[9];
        try
        {
            await _stream.ReadExactlyAsync(head).AsTask().WaitAsync(Eventually.Limit);
            var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
            await _stream.ReadExactlyAsync(payload).AsTask().WaitAsync(Eventually.Limit);
            return (head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)), payload);
        }
        // One of the sides has closed the connection.
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            return null;
        }
    }

    /// <summary>Reads until GOAWAY or the end of the connection; returns the error code of GOAWAY, or null.</summary>
    public async Task<int?> ReadToGoodbyeAsync()
    {
        while (await ReadAsync() is { } frame)
        {
            if (frame.Type == GoAway)
                return BinaryPrimitives.ReadInt32BigEndian(frame.Payload.AsSpan(4));
        }
        return null;
    }

    public void Dispose() => _stream.Dispose();

    private static byte[] Literal(string text)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        if (bytes.Length < 127)
            return [(byte)bytes.Length, .. bytes];
        // The rest of the length follows in groups of seven bits (RFC 7541, section 5.1).
        var length = new List<byte> { 127 };
        var rest = bytes.Length - 127;
        for (; rest >= 128; rest >>= 7)
            length.Add((byte)((rest & 127) | 128));
        return [.. length, (byte)rest, .. bytes];
    }
}
