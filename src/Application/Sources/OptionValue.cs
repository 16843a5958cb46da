namespace SseStreaming.Application.Sources;

/// <summary>An option as it came: its text, and what it was written as.</summary>
public readonly record struct OptionValue(string Text, OptionForm Form);
