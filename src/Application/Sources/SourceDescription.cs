namespace SseStreaming.Application.Sources;

/// <summary>A source as a request may ask for it.</summary>
public sealed record SourceDescription(string Name, string Description)
{
    /// <summary>What a request may set, besides the prompt.</summary>
    public IReadOnlyList<SourceOption> Options { get; init; } = [];

    public PromptUse Prompt { get; init; } = PromptUse.Ignored;

    /// <summary>True if a request may carry a conversation instead of the prompt.</summary>
    public bool TakesMessages { get; init; }

    /// <summary>True if all requests for the same are served by one generation, as long as one runs.</summary>
    public bool IsShared { get; init; }

    /// <summary>For a source without end: about how many events a stream keeps; the oldest go. Null: all, up to the bounds of a stream.</summary>
    public long? KeepsEvents { get; init; }
}

public enum PromptUse
{
    /// <summary>It may be sent, and changes nothing.</summary>
    Ignored,

    /// <summary>A request without it is refused.</summary>
    Required,
}

/// <summary>One option of a source: its name in a query or a JSON body, and what it may be.</summary>
public sealed record SourceOption(string Name, OptionType Type, string Description)
{
    public bool Required { get; init; }

    /// <summary>Used when a request does not set the option: a <see cref="long"/>, a <see cref="double"/>, a <see cref="bool"/>, a <see cref="string"/>, or null.</summary>
    public object? Default { get; init; }

    /// <summary>Least value of a number.</summary>
    public long Minimum { get; init; } = long.MinValue;

    /// <summary>Greatest value of a number.</summary>
    public long Maximum { get; init; } = long.MaxValue;

    /// <summary>Greatest length of a string, in UTF-16 code units.</summary>
    public int MaxLength { get; init; } = 1024;
}

public enum OptionType
{
    Integer,
    Text,

    /// <summary>A number that may have a fraction; finite.</summary>
    Number,
    Boolean,
}
