namespace SseStreaming.Application.Sources;

/// <summary>The description of a source for clients.</summary>
public sealed record SourceDescription(string Name, string Description)
{
    internal const string NameRule = "a source's name has 1 to 64 letters, digits, '-', '_' and '.'";

    /// <summary>The options that a request may set, besides the prompt.</summary>
    public IReadOnlyList<SourceOption> Options { get; init; } = [];

    /// <summary>Whether the source takes a prompt.</summary>
    public PromptUse Prompt { get; init; } = PromptUse.Ignored;

    /// <summary>True if a request may carry a conversation instead of the prompt.</summary>
    public bool TakesMessages { get; init; }

    /// <summary>True if requests with equal options share one running generation.</summary>
    public bool IsShared { get; init; }

    /// <summary>For a source without an end: about how many events a stream keeps; the oldest are dropped. Null: a source with an end.</summary>
    public long? KeepsEvents { get; init; }

    internal static bool IsValidName(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
