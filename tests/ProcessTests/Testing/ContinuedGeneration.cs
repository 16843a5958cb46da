namespace SseStreaming.ProcessTests.Testing;

/// <summary>A generation that must have the right text whatever happens to its node.</summary>
/// <param name="Options">The options of its request.</param>
/// <param name="Expected">Finds out which text it must have.</param>
/// <param name="IsEndless">True if it has no end of its own, so that it must be stopped.</param>
internal sealed record ContinuedGeneration(object Options, Func<Task<string>> Expected, bool IsEndless = false);
