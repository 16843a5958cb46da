using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Sources;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application;

/// <summary>The service with two sources, for tests of all its operations.</summary>
internal abstract class TextStreamServiceTestBase
{
    protected static readonly SourceDescription Story = new("story", "A story.")
    {
        Options =
        [
            new("words", OptionType.Integer, "Words.") { Minimum = 1, Maximum = 9, Default = 3L },
            new("title", OptionType.Text, "Title.") { Required = true },
        ],
    };

    protected static readonly SourceDescription Model = new("model", "A model.") { Prompt = PromptUse.Required };

    protected Mock<ITextGenerator> StoryGenerator { get; } = Generators.Mock(Story, Generators.Texts("Once", " upon", " a time"));

    protected Mock<ITextGenerator> ModelGenerator { get; } = Generators.Mock(Model, Generators.Waiting("Hello"));

    protected ServiceFixture Fixture { get; private set; } = null!;

    protected TextStreamService Service => Fixture.Service;

    [SetUp]
    public void SetUp() => Fixture = new ServiceFixture(store: null, ModelGenerator.Object, StoryGenerator.Object);

    [TearDown]
    public void TearDown() => Fixture.Dispose();

    protected static StartRequest StoryRequest(params (string Name, string Value)[] options) => new()
    {
        Source = "story",
        Options = options.Prepend(("title", "Tale")).ToDictionary(option => option.Item1, option => new OptionValue(option.Item2, OptionForm.Query)),
    };

    protected static async Task<List<StreamEvent>> ReadAsync(StreamViewer viewer)
    {
        var events = new List<StreamEvent>();
        await foreach (var batch in viewer.ReadAsync(TimeSpan.FromDays(1), CancellationToken.None))
        {
            for (var i = 0; i < batch.Count; i++)
                events.Add(batch[i]);
        }
        return events;
    }

    protected async Task<StartedStream> StartAsync(StartRequest request)
    {
        var outcome = await Service.StartAsync(ServiceFixture.Caller, request, CancellationToken.None);
        Assert.That(outcome.Refusal?.Detail, Is.Null);
        return outcome.Value!;
    }

    protected async Task<Refusal> RefuseAsync(StartRequest request) =>
        (await Service.StartAsync(ServiceFixture.Caller, request, CancellationToken.None)).Refusal ?? throw new AssertionException("The request was not refused.");
}
