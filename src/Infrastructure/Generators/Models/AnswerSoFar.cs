using System.Text;
using SseStreaming.Application.Generations;

namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>What all calls of a generation have produced. The text is kept only for a server that can continue it.</summary>
internal sealed class AnswerSoFar(bool keepsText, string text, GenerationUsage? usage)
{
    private readonly StringBuilder _text = new(text);
    private GenerationUsage? _usageOfEndedCalls = usage;
    private GenerationUsage? _usage = usage;

    public string Text => _text.ToString();

    public int Characters => _text.Length;

    /// <summary>The checkpoint before the next piece; null for a server that can't continue a text.</summary>
    public string? Checkpoint => keepsText ? new ModelCheckpoint(_usage).ToString() : null;

    /// <summary>Adds a piece of the running call, and the usage that the call has reported by then.</summary>
    public GeneratedText Add(string piece, GenerationUsage? usageOfCall)
    {
        if (keepsText)
            _text.Append(piece);
        var last = _usage;
        _usage = Sum(_usageOfEndedCalls, usageOfCall);
        return new GeneratedText(piece, Checkpoint: _usage == last ? null : Checkpoint);
    }

    /// <summary>The last piece, with the usage of all calls.</summary>
    public GeneratedText End(string piece, GenerationFinish finish) =>
        new(piece, finish with { Usage = Sum(_usageOfEndedCalls, finish.Usage) });

    /// <summary>To be called when a call has broken off, and another one follows.</summary>
    public void EndCall(GenerationUsage? usageOfCall) => _usageOfEndedCalls = Sum(_usageOfEndedCalls, usageOfCall);

    private static GenerationUsage? Sum(GenerationUsage? one, GenerationUsage? other) => (one, other) switch
    {
        (null, _) => other,
        (_, null) => one,
        _ => new(one.InputTokens + other.InputTokens, one.OutputTokens + other.OutputTokens, one.TotalTokens + other.TotalTokens),
    };
}
