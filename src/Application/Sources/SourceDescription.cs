namespace SseStreaming.Application.Sources;

/// <summary>A source as a request may ask for it.</summary>
public sealed record SourceDescription(string Name, string Description)
{
    /// <summary>What a request may set, besides the prompt.</summary>
    public IReadOnlyList<SourceOption> Options { get; init; } = [];

    public PromptUse Prompt { get; init; } = PromptUse.Ignored;
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

    /// <summary>Used when a request does not set the option: a <see cref="long"/>, a <see cref="string"/>, or null.</summary>
    public object? Default { get; init; }

    /// <summary>Least value of an integer.</summary>
    public long Minimum { get; init; } = long.MinValue;

    /// <summary>Greatest value of an integer.</summary>
    public long Maximum { get; init; } = long.MaxValue;

    /// <summary>Greatest length of a string, in UTF-16 code units.</summary>
    public int MaxLength { get; init; } = 1024;
}

public enum OptionType
{
    Integer,
    Text,
}
