namespace SseStreaming.Application.Sources;

/// <summary>The type of an option's values.</summary>
public enum OptionType
{
    /// <summary>A whole number of 64 bits.</summary>
    Integer,

    /// <summary>Text that is not empty.</summary>
    Text,

    /// <summary>A number that may have a fraction; finite.</summary>
    Number,

    /// <summary>True or false.</summary>
    Boolean,
}
