namespace SseStreaming.UnitTests.Testing;

/// <summary>Returns its bytes in pieces of given sizes, in turn, as a network does.</summary>
internal sealed class PiecewiseStream(ReadOnlyMemory<byte> bytes, params int[] sizes) : Stream
{
    private int _at;
    private int _reads;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var size = sizes.Length == 0 ? int.MaxValue : sizes[_reads++ % sizes.Length];
        var piece = bytes.Span[_at..];
        piece = piece[..Math.Min(piece.Length, Math.Min(size, buffer.Length))];
        piece.CopyTo(buffer);
        _at += piece.Length;
        return piece.Length;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
