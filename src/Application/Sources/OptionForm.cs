namespace SseStreaming.Application.Sources;

/// <summary>How a request wrote the value of an option.</summary>
public enum OptionForm
{
    /// <summary>A query parameter, which is always text.</summary>
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
