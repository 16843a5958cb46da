using System.Globalization;

namespace SseStreaming.Client;

/// <summary>The body of one response: each read has a time limit, and each event a maximum size.</summary>
internal sealed class WatchedStream : Stream
{
    private readonly Stream _body;
    private readonly InactivityLimit _limit;
    private readonly int _maxEventBytes;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _silence;
    private readonly CancellationTokenSource _ended;
    private readonly CancellationToken _cancellationToken;
    private long _eventBytes;

    public WatchedStream(Stream body, InactivityLimit limit, TextStreamOptions options, CancellationToken cancellationToken)
    {
        _body = body;
        _limit = limit;
        _maxEventBytes = options.MaxEventBytes;
        _time = options.TimeProvider;
        _cancellationToken = cancellationToken;
        _silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        _ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _silence.Token);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>To be called for each complete event.</summary>
    public void EventRead() => _eventBytes = 0;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var since = _time.GetTimestamp();
        // Only a pending read can time out: the server is not silent while the caller processes an event.
        _silence.CancelAfter(_limit.Current);
        int length;
        try
        {
            length = await _body.ReadAsync(buffer, _ended.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (!_cancellationToken.IsCancellationRequested && exception is OperationCanceledException or IOException or HttpRequestException)
        {
            if (!_silence.IsCancellationRequested)
                throw new TextStreamNetworkException("The connection was lost.", exception);
            _limit.Expired();
            throw new TextStreamInactivityException(_time.GetElapsedTime(since));
        }
        _silence.CancelAfter(Timeout.InfiniteTimeSpan);

        if (length > 0 && buffer.Span[0] == (byte)':')
            _limit.HeartbeatAfter(_time.GetElapsedTime(since));
        _eventBytes += length;
        if (_eventBytes > _maxEventBytes + buffer.Length)
            throw new TextStreamTooLargeException(string.Create(CultureInfo.InvariantCulture, $"An event is longer than {_maxEventBytes} bytes."));
        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _body.Dispose();
            _ended.Dispose();
            _silence.Dispose();
        }
        base.Dispose(disposing);
    }
}
