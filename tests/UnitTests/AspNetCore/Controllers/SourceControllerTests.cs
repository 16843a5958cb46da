using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Sources;
using SseStreaming.AspNetCore.Controllers;

namespace SseStreaming.UnitTests.AspNetCore.Controllers;

internal sealed class SourceControllerTests
{
    private readonly Mock<ITextStreamService> _streams = new(MockBehavior.Strict);

    [Test]
    public void GetSources_DescribesEachWithTheSchemaOfItsOptions()
    {
        _streams.Setup(streams => streams.DefaultSource).Returns("lorem");
        _streams.Setup(streams => streams.Sources).Returns([
            new SourceDescription("lorem", "Words.") { Options = [new("words", OptionType.Integer, "How many.") { Minimum = 1, Maximum = 9, Default = 3L }] },
            new SourceDescription("model", "A model.") { Prompt = PromptUse.Required },
        ]);

        var sources = new SourceController(_streams.Object).GetSources();

        Assert.That(sources.Sources.Select(source => (source.Name, source.Default, source.TakesPrompt)),
            Is.EqualTo(new[] { ("lorem", true, false), ("model", false, true) }));
        Assert.That(sources.Sources[0].Options.ToJsonString(), Does.Contain("\"minimum\":1").And.Contain("\"maximum\":9").And.Contain("\"default\":3"));
    }
}
