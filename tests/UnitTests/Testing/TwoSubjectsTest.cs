using SseStreaming.Application.Contracts;
using SseStreaming.Application.Sources;

namespace SseStreaming.UnitTests.Testing;

/// <summary>A test of the service with two authenticated callers, a source whose text waits, and a shared one.</summary>
internal abstract class TwoSubjectsTest
{
    protected static readonly Caller Alice = new("alice", "192.0.2.1");
    protected static readonly Caller Bob = new("bob", "192.0.2.1");

    protected ServiceFixture Fixture { get; private set; } = null!;

    [SetUp]
    public void SetUp() => Fixture = new ServiceFixture(
        store: null,
        Generators.Create(Generators.Waiting("Hello")),
        Generators.Create(new SourceDescription("news", "News.") { IsShared = true }, Generators.Waiting("News")));

    [TearDown]
    public void TearDown() => Fixture.Dispose();
}
