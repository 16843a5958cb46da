namespace SseStreaming.DoorTests.Durable;

/// <summary>The result of one test of the conformance suite.</summary>
/// <param name="Name">Its groups and its own name.</param>
/// <param name="Status"><c>passed</c> or not.</param>
/// <param name="Message">Why it failed.</param>
internal sealed record ConformanceResult(string Name, string Status, string? Message)
{
    public bool IsPassed => Status == "passed";
}
