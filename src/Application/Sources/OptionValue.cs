namespace SseStreaming.Application.Sources;

/// <summary>An option as it was sent: its text, and the form in which it was written.</summary>
public readonly record struct OptionValue(string Text, OptionForm Form);
