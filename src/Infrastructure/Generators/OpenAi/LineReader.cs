using System.Runtime.ExceptionServices;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>Reads the lines of a body, which end with CR, LF, CRLF or the body.</summary>
internal sealed class LineReader(Stream body, int maxLineBytes)
{
    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;
    private int _scanned;
    private bool _isAfterCarriageReturn;
    private bool _isAtEnd;
    private ExceptionDispatchInfo? _failure;

    /// <summary>True when the body has ended, or broken off, and all of its lines were read.</summary>
    public bool HasEnded => _isAtEnd && _start == _end;

    /// <summary>
    /// The next line, without its end, valid until the next call; null when the body has ended or broken off. What arrived
    /// before a connection failed is returned too, because it may be a whole frame.
    /// </summary>
    /// <exception cref="InvalidDataException">The line is too long.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TakeLine() is { } line)
                return line;
            if (_isAtEnd)
                return TakeRest();
            await FillAsync(cancellationToken);
        }
    }

    /// <summary>Throws what broke the body off, if anything did.</summary>
    public void ThrowIfBroken() => _failure?.Throw();

    private ReadOnlyMemory<byte>? TakeLine()
    {
        if (_isAfterCarriageReturn && _start < _end)
        {
            _isAfterCarriageReturn = false;
            if (_buffer[_start] == '\n')
                _scanned = ++_start;
        }
        var length = _buffer.AsSpan(_scanned.._end).IndexOfAny((byte)'\r', (byte)'\n');
        if (length < 0)
        {
            _scanned = _end;
            return null;
        }
        var lineEnd = _scanned + length;
        var line = _buffer.AsMemory(_start..lineEnd);
        _isAfterCarriageReturn = _buffer[lineEnd] == '\r';
        _start = _scanned = lineEnd + 1;
        return line;
    }

    private ReadOnlyMemory<byte>? TakeRest()
    {
        if (_start == _end)
            return null;
        var rest = _buffer.AsMemory(_start.._end);
        _start = _scanned = _end;
        return rest;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_end - _start >= maxLineBytes)
            throw new InvalidDataException("A line has more bytes than a line may have.");
        MakeSpace();
        try
        {
            var read = await body.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            _end += read;
            _isAtEnd = read == 0;
        }
        catch (Exception exception)
        {
            _failure = ExceptionDispatchInfo.Capture(exception);
            _isAtEnd = true;
        }
    }

    private void MakeSpace()
    {
        if (_end < _buffer.Length)
            return;
        var target = _start > 0 ? _buffer : new byte[Math.Min(_buffer.Length * 2, maxLineBytes)];
        Buffer.BlockCopy(_buffer, _start, target, 0, _end - _start);
        (_buffer, _scanned, _end, _start) = (target, _scanned - _start, _end - _start, 0);
    }
}
