using SseStreaming.DoorTests.Testing;

namespace SseStreaming.DoorTests;

/// <summary>The clients are the official packages, in the versions that the documentation names.</summary>
internal sealed class PackagesTests
{
    [TestCase("openai", "7.57.0")]
    [TestCase("ai5", "5.0.277")]
    [TestCase("ai6", "6.0.325")]
    [TestCase("ai7", "7.0.173")]
    [TestCase("@ai-sdk/react", "4.0.177")]
    [TestCase("@durable-streams/client", "0.2.7")]
    [TestCase("@durable-streams/server-conformance-tests", "0.3.6")]
    public async Task Package_HasItsVersion(string package, string version) =>
        Assert.That((await NodeProgram.RunAsync("versions.mjs", new { })).GetProperty(package).GetString(), Is.EqualTo(version));
}
