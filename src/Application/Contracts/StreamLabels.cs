using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace SseStreaming.Application.Contracts;

/// <summary>Validates what a client has kept with its stream: the thread and the properties.</summary>
internal static class StreamLabels
{
    public const int MaxThreadCharacters = 128;
    public const int MaxPropertiesBytes = 16 * 1024;

    public const string Thread = "thread";

    public static Refusal InvalidThread { get; } =
        Refusal.Invalid(Thread, $"'{Thread}' must have 1 to {MaxThreadCharacters} characters, and no control characters.");

    /// <summary>PostgreSQL can't store NUL, and no other control character belongs in a name.</summary>
    public static bool IsThread(string text) => text.Length is > 0 and <= MaxThreadCharacters && !text.Any(char.IsControl);

    public static bool Validate(string? thread, string? properties, [NotNullWhen(false)] out Refusal? refusal)
    {
        refusal = thread is not null && !IsThread(thread) ? InvalidThread
            : properties is not null && Encoding.UTF8.GetByteCount(properties) > MaxPropertiesBytes
                ? Refusal.Invalid("properties", $"The properties of the stream have more than {MaxPropertiesBytes} bytes.")
            : null;
        return refusal is null;
    }
}
