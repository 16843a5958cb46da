namespace SseStreaming.Testing.Models;

/// <summary>What a <see cref="ContinuingModel"/> was asked.</summary>
/// <param name="Prompt">The last message of the user.</param>
/// <param name="Prefix">The text that the answer is to continue; empty for a new one.</param>
/// <param name="Method">How the request asks to continue: <c>Assistant</c>, <c>Prefix</c> or <c>ContinueFinalMessage</c>; empty for a new text.</param>
internal sealed record ModelRequest(string Prompt, string Prefix, string Method);
