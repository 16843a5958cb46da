namespace SseStreaming.Application.Sources;

/// <summary>An option as it came: its text, and what it was written as.</summary>
public readonly record struct OptionValue(string Text, OptionForm Form);

public enum OptionForm
{
    /// <summary>Of a query, where everything is text.</summary>
    Query,

    /// <summary>A JSON number.</summary>
    Number,

    /// <summary>A JSON string.</summary>
    String,

    /// <summary>A JSON true or false.</summary>
    Boolean,

    /// <summary>A JSON object, array or null.</summary>
    Other,
}
