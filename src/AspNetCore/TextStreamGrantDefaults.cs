namespace SseStreaming.AspNetCore;

/// <summary>The authentication by grants.</summary>
public static class TextStreamGrantDefaults
{
    /// <summary>Name of the authentication scheme.</summary>
    public const string AuthenticationScheme = "TextStreamGrant";
}
