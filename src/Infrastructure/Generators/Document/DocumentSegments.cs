using System.Globalization;

namespace SseStreaming.Infrastructure.Generators.Document;

/// <summary>Splits a text into segments of about a line, after white space where possible and never inside a grapheme.</summary>
internal sealed class DocumentSegments(TextReader text)
{
    private const int Target = 64;
    private const int BufferSize = 4096;

    /// <summary>Limits the memory for a text that is one endless grapheme: it is split here.</summary>
    private const int MaxBufferSize = 64 * 1024;

    private char[] _buffer = new char[BufferSize];
    private int _start;
    private int _end;
    private bool _isAtEnd;

    /// <summary>The next segment; null at the end of the text.</summary>
    public async ValueTask<string?> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = FindLength(_buffer.AsSpan(_start, _end - _start), _isAtEnd);
            if (length == 0 && _isAtEnd)
                return null;
            if (length == 0 && _end - _start >= MaxBufferSize)
                length = _end - _start - (char.IsHighSurrogate(_buffer[_end - 1]) ? 1 : 0);
            if (length > 0)
            {
                var segment = new string(_buffer, _start, length);
                _start += length;
                return segment;
            }
            await FillAsync(cancellationToken);
        }
    }

    /// <summary>Length of the next segment; 0 if that can only be decided with more text.</summary>
    private static int FindLength(ReadOnlySpan<char> text, bool isComplete)
    {
        int at = 0, afterSpace = 0;
        while (at < text.Length)
        {
            var grapheme = StringInfo.GetNextTextElementLength(text[at..]);
            // The rest of the last grapheme may not have been read yet.
            if (at + grapheme == text.Length && !isComplete)
                return 0;
            if (at + grapheme > Target && at > 0)
                return afterSpace > 0 ? afterSpace : at;
            at += grapheme;
            if (char.IsWhiteSpace(text[at - 1]))
                afterSpace = at;
        }
        return at;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        var read = await text.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        _isAtEnd = read == 0;
    }
}
