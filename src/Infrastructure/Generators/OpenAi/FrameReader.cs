using System.Buffers;
using System.Text;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>
/// Reads an answer as server-sent events, and reads what servers send in their place: whole JSON, lines of JSON, a page of HTML.
/// Why this is not the framework's parser: docs/decisions/0008-reading-the-models-stream.md.
/// </summary>
internal sealed class FrameReader(Stream body, int maxFrameBytes)
{
    private readonly LineReader _lines = new(body, maxFrameBytes);
    private readonly ArrayBufferWriter<byte> _data = new();
    private ReadOnlyMemory<byte>? _heldLine;
    private string _eventName = "";
    private int _dataLines;
    private bool _isEvent;
    private bool _hasBegun;

    /// <summary>True when nothing of the body is left.</summary>
    public bool HasEnded => _heldLine is null && _lines.HasEnded;

    /// <summary>True if a line was neither a field of an event, nor JSON, nor a comment.</summary>
    public bool HasUnknownLines { get; private set; }

    private bool HasData => _dataLines > 0 || _eventName.Length > 0;

    /// <summary>The next frame; null when the body has ended. The last one needs no blank line after it.</summary>
    /// <exception cref="InvalidDataException">The frame has too many bytes.</exception>
    public async ValueTask<UpstreamFrame?> ReadAsync(CancellationToken cancellationToken)
    {
        (_eventName, _dataLines, _isEvent) = ("", 0, true);
        _data.ResetWrittenCount();
        var isComplete = false;
        while (!isComplete && await ReadLineAsync(cancellationToken) is { } line)
            isComplete = Accept(line);
        if (HasData)
            return new UpstreamFrame(_eventName, _data.WrittenMemory, _isEvent);
        _lines.ThrowIfBroken();
        return null;
    }

    private async ValueTask<ReadOnlyMemory<byte>?> ReadLineAsync(CancellationToken cancellationToken)
    {
        if (_heldLine is { } held)
        {
            _heldLine = null;
            return held;
        }
        var line = await _lines.ReadAsync(cancellationToken);
        if (_hasBegun)
            return line;
        _hasBegun = true;
        return line is { } first && first.Span.StartsWith("\uFEFF"u8) ? first["\uFEFF"u8.Length..] : line;
    }

    /// <summary>Adds a line to the frame; true if the frame is complete.</summary>
    private bool Accept(ReadOnlyMemory<byte> line)
    {
        if (!_isEvent)
        {
            Append(line.Span);
            return false;
        }
        if (line.IsEmpty)
            return HasData;
        return line.Span.TrimStart(" \t"u8) switch
        {
            [] or [(byte)':', ..] => false,
            [(byte)'{' or (byte)'[' or (byte)'<', ..] text => AcceptOutsideEvents(line, text),
            _ => AcceptField(line),
        };
    }

    /// <summary>One line of JSON is a frame; if it is the first of several, so is all that follows.</summary>
    private bool AcceptOutsideEvents(ReadOnlyMemory<byte> line, ReadOnlySpan<byte> text)
    {
        if (HasData)
            return Hold(line);
        _isEvent = false;
        Append(text);
        return text[0] == '<' || LenientJson.IsComplete(text);
    }

    private bool AcceptField(ReadOnlyMemory<byte> line)
    {
        var field = line.Span;
        var colon = field.IndexOf((byte)':');
        var name = colon < 0 ? field : field[..colon];
        var value = colon < 0 ? default : field[(colon + 1)..];
        if (value is [(byte)' ', ..])
            value = value[1..];
        var isData = name.SequenceEqual("data"u8);
        var isName = name.SequenceEqual("event"u8);
        // Some servers end a frame with a line end only. JSON that is complete has no second line.
        if ((isData || isName) && _dataLines == 1 && LenientJson.IsComplete(_data.WrittenSpan))
            return Hold(line);
        if (isName)
            _eventName = Encoding.UTF8.GetString(value);
        else if (isData)
            Append(value);
        else if (name.SequenceEqual("error"u8))
            AppendError(value);
        else
            HasUnknownLines |= !name.SequenceEqual("id"u8) && !name.SequenceEqual("retry"u8);
        return false;
    }

    /// <summary>Versions of llama.cpp name the field by what it holds.</summary>
    private void AppendError(ReadOnlySpan<byte> value)
    {
        _eventName = "error";
        Append(value);
    }

    private bool Hold(ReadOnlyMemory<byte> line)
    {
        _heldLine = line;
        return true;
    }

    private void Append(ReadOnlySpan<byte> value)
    {
        if (_data.WrittenCount + value.Length >= maxFrameBytes)
            throw new InvalidDataException("A frame has more bytes than a frame may have.");
        if (_dataLines++ > 0)
            _data.Write("\n"u8);
        _data.Write(value);
    }
}
