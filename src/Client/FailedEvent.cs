namespace SseStreaming.Client;

/// <summary>The generation failed. A <see cref="TextStreamFailedException"/> follows this event.</summary>
/// <param name="Id"><inheritdoc cref="TextStreamEvent" path="/param[@name='Id']"/></param>
/// <param name="Problem">What failed.</param>
public sealed record FailedEvent(string Id, TextStreamProblem Problem) : TextStreamEvent(Id);
