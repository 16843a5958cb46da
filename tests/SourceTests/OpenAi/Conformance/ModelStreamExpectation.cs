namespace SseStreaming.SourceTests.OpenAi.Conformance;

/// <summary>The expected stream; a value that is null is not compared.</summary>
internal sealed record ModelStreamExpectation(string Status, string Text, string? FinishReason, string? Problem, bool? Usage);
