namespace SseStreaming.Infrastructure.Generators.Document;

/// <summary>
/// Reads the text of a file in blocks of bytes, and knows where each block begins. A <see cref="StreamReader"/> does not say which
/// byte follows the text that it has returned.
/// </summary>
internal sealed class DocumentReader(FileStream file, int blockSize = 16 * 1024) : TextReader
{
    private readonly Queue<DocumentCheckpoint> _blocks = new();
    private readonly byte[] _bytes = new byte[blockSize];
    private readonly DocumentCheckpoint _identity = new(file.Length, File.GetLastWriteTimeUtc(file.SafeFileHandle).Ticks, Offset: 0, Characters: 0);
    private DocumentEncoding? _encoding;
    private char[] _text = [];
    private int _byteCount;
    private int _textStart;
    private int _textEnd;
    private long _offset;
    private long _characters;

    /// <summary>Continues at a checkpoint; false if the file has changed.</summary>
    public async ValueTask<bool> TrySeekAsync(DocumentCheckpoint checkpoint, long characters, CancellationToken cancellationToken)
    {
        if (!checkpoint.IsOfSameFile(_identity) || checkpoint.Offset > checkpoint.Length || checkpoint.Characters > characters)
            return false;
        await DetectEncodingAsync(cancellationToken);
        if (checkpoint.Offset > 0)
        {
            file.Position = _offset = checkpoint.Offset;
            _characters = checkpoint.Characters;
            _byteCount = 0;
        }
        for (var remaining = characters - checkpoint.Characters; remaining > 0;)
        {
            if (_textStart == _textEnd && !await ReadBlockAsync(cancellationToken))
                return false;
            var skipped = (int)Math.Min(remaining, _textEnd - _textStart);
            _textStart += skipped;
            remaining -= skipped;
        }
        return true;
    }

    /// <summary>The last block that begins at or before a number of characters; null if it was taken before.</summary>
    public DocumentCheckpoint? TakeCheckpoint(long characters)
    {
        DocumentCheckpoint? last = null;
        while (_blocks.TryPeek(out var block) && block.Characters <= characters)
            last = _blocks.Dequeue();
        return last;
    }

    public override async ValueTask<int> ReadAsync(Memory<char> buffer, CancellationToken cancellationToken = default)
    {
        if (_textStart == _textEnd && !await ReadBlockAsync(cancellationToken))
            return 0;
        var text = _text.AsMemory(_textStart, Math.Min(buffer.Length, _textEnd - _textStart));
        text.CopyTo(buffer);
        _textStart += text.Length;
        return text.Length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<bool> ReadBlockAsync(CancellationToken cancellationToken)
    {
        await DetectEncodingAsync(cancellationToken);
        await FillAsync(_bytes.Length, cancellationToken);
        if (_byteCount == 0)
            return false;
        var isEnd = _byteCount < _bytes.Length;
        var length = isEnd ? _byteCount : _encoding!.FindCompleteLength(_bytes);

        _blocks.Enqueue(_identity with { Offset = _offset, Characters = _characters });
        _textStart = 0;
        _textEnd = _encoding!.Encoding.GetChars(_bytes, 0, length, _text, 0);
        _offset += length;
        _characters += _textEnd;
        RemoveBytes(length);
        return true;
    }

    private async ValueTask DetectEncodingAsync(CancellationToken cancellationToken)
    {
        if (_encoding is not null)
            return;
        await FillAsync(DocumentEncoding.MaxMarkLength, cancellationToken);
        _encoding = DocumentEncoding.Detect(_bytes.AsSpan(0, _byteCount));
        _text = new char[_encoding.Encoding.GetMaxCharCount(_bytes.Length)];
        _offset = _encoding.MarkLength;
        RemoveBytes(_encoding.MarkLength);
    }

    private async ValueTask FillAsync(int count, CancellationToken cancellationToken) =>
        _byteCount += await file.ReadAtLeastAsync(_bytes.AsMemory(_byteCount), Math.Max(0, count - _byteCount), throwOnEndOfStream: false, cancellationToken);

    private void RemoveBytes(int count)
    {
        _bytes.AsSpan(count, _byteCount - count).CopyTo(_bytes);
        _byteCount -= count;
    }
}
