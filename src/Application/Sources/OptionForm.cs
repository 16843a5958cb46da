namespace SseStreaming.Application.Sources;

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
