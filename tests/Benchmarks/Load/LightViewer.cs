using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using System.Runtime.Intrinsics;

namespace SseStreaming.Benchmarks.Load;

/// <summary>A client with minimal cost: it counts the blank lines that end events, and can record when each event arrived.</summary>
internal sealed class LightViewer : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[64 * 1024];
    private volatile bool _notes;
    private bool _afterNewline;
    private int _notedFrom;

    /// <summary>Events received so far, including those without text.</summary>
    public int Events { get; private set; }

    /// <summary>The arrival time of each event, if recorded.</summary>
    public List<long>? Arrivals { get; init; }

    /// <summary>The number in the data of each event, and its arrival time, if recorded.</summary>
    public List<(long Stamp, long At)>? Stamps { get; init; }

    /// <summary>The arrival time of each event, which is identified by its stamp or by its position in the stream.</summary>
    public IEnumerable<(long Event, long At)> Noted => Stamps ?? Arrivals!.Select((at, i) => ((long)_notedFrom + i, at));

    public async Task ConnectAsync(IPEndPoint address, LoadRequest request)
    {
        await _socket.ConnectAsync(address);
        await _socket.SendAsync(request.ToBytes());
    }

    /// <summary>Starts to record arrivals, if they are to be recorded.</summary>
    public void BeginNotes() => _notes = Arrivals is not null || Stamps is not null;

    /// <summary>Reads to the end of the response, or until cancelled.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await _socket.ReceiveAsync(_buffer, cancellationToken);
            if (read == 0)
                return;
            Count(_buffer.AsSpan(0, read), _notes ? Stopwatch.GetTimestamp() : 0);
        }
    }

    public async Task ReadFirstByteAsync() => await _socket.ReceiveAsync(_buffer);

    /// <summary>Closes the connection with a TCP reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public void Dispose() => _socket.Dispose();

    private void Count(ReadOnlySpan<byte> bytes, long now)
    {
        if (now > 0 && Stamps is not null)
            ReadStamps(bytes, now);
        var events = (_afterNewline && bytes[0] == '\n' ? 1 : 0) + BlankLines(bytes);
        _afterNewline = bytes[^1] == '\n';
        if (now > 0 && Arrivals is { Count: 0 })
            _notedFrom = Events;
        Events += events;
        for (; now > 0 && Arrivals is not null && events > 0; events--)
            Arrivals.Add(now);
    }

    /// <summary>Counts pairs of line feeds at memory speed, so that the client does not limit the measurement.</summary>
    private static int BlankLines(ReadOnlySpan<byte> bytes)
    {
        var (count, at) = (0, 0);
        for (; at + Vector256<byte>.Count < bytes.Length; at += Vector256<byte>.Count)
        {
            var first = Vector256.Equals(Vector256.Create(bytes[at..]), Vector256.Create((byte)'\n'));
            var second = Vector256.Equals(Vector256.Create(bytes[(at + 1)..]), Vector256.Create((byte)'\n'));
            count += BitOperations.PopCount((first & second).ExtractMostSignificantBits());
        }
        for (; at + 1 < bytes.Length; at++)
            count += bytes[at] == '\n' && bytes[at + 1] == '\n' ? 1 : 0;
        return count;
    }

    /// <summary>Reads complete frames only: frames with stamps are short, and very few of them are split.</summary>
    private void ReadStamps(ReadOnlySpan<byte> bytes, long now)
    {
        for (int at; (at = bytes.IndexOf("data: "u8)) >= 0;)
        {
            bytes = bytes[(at + 6)..];
            var end = bytes.IndexOf((byte)'\n');
            if (end > 0 && long.TryParse(bytes[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var stamp))
                Stamps!.Add((stamp, now));
        }
    }
}
