using SseStreaming.Application.Contracts;
using SseStreaming.Application.Limits;
using SseStreaming.Application.Sources;

namespace SseStreaming.UnitTests.Application.Sources;

internal sealed class PromptValidatorTests
{
    private static readonly SourceDescription Model = new("model", "A model.") { Prompt = PromptUse.Required, TakesMessages = true };
    private static readonly LimitsOptions Limits = new() { PromptCharacters = 5, Messages = 2, ConversationCharacters = 10 };

    [Test]
    public void Prompt_IsValid() => Assert.That(FindError(new StartRequest { Prompt = "Hello" }), Is.Null);

    [Test]
    public void Messages_InPlaceOfAPrompt_AreValid() => Assert.That(FindError(Say("Hello", "Hello")), Is.Null);

    [Test]
    public void NeitherPromptNorMessages_AreRefused() => Assert.That(FindError(new StartRequest()), Is.EqualTo("'prompt' is missing: the source 'model' needs one, or 'messages'."));

    [Test]
    public void PromptOverTheLimit_IsRefused() => Assert.That(FindError(new StartRequest { Prompt = "Hello!" }), Is.EqualTo("'prompt' is longer than 5 characters."));

    [Test]
    public void PromptWithMessages_IsRefused() =>
        Assert.That(FindError(Say("Hello") with { Prompt = "Hello" }), Is.EqualTo("'messages' can't be combined with 'prompt': send the prompt as the last message."));

    [Test]
    public void TooManyMessages_AreRefused() => Assert.That(FindError(Say("a", "b", "c")), Is.EqualTo("'messages' has more than 2 messages."));

    [Test]
    public void TooLongMessages_AreRefused() => Assert.That(FindError(Say("Hello", "Hello!")), Is.EqualTo("'messages' is longer than 10 characters in total."));

    [Test]
    public void Messages_ToASourceThatTakesNone_AreRefused() =>
        Assert.That(FindError(Say("Hello"), Model with { TakesMessages = false }), Is.EqualTo("The source 'model' takes no 'messages'."));

    private static StartRequest Say(params string[] contents) =>
        new() { Messages = [.. contents.Select(content => new ConversationMessage(ConversationRole.User, content))] };

    private static string? FindError(StartRequest request, SourceDescription? source = null) =>
        PromptValidator.Validate(request, source ?? Model, Limits, out var refusal) ? null : refusal.Detail;
}
