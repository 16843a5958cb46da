namespace SseStreaming.Application.Sources;

public enum OptionType
{
    Integer,
    Text,

    /// <summary>A number that may have a fraction; finite.</summary>
    Number,
    Boolean,
}
