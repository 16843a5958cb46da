using System.Diagnostics.CodeAnalysis;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>A body that gives no more than so many bytes for one frame: the parser would buffer a line without end.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "It is what it does that matters here.")]
internal sealed class FrameBound(Stream body, int most) : Stream
{
    private int _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>A frame was complete.</summary>
    public void Reset() => _read = 0;

    /// <exception cref="InvalidDataException">The frame has more bytes than the bound.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_read >= most)
            throw new InvalidDataException("A frame has more bytes than a frame may have.");
        var read = await body.ReadAsync(buffer, cancellationToken);
        _read += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            body.Dispose();
        base.Dispose(disposing);
    }
}
