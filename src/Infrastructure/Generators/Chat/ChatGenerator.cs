using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Models;

namespace SseStreaming.Infrastructure.Generators.Chat;

/// <summary>The text of a language model behind a chat client, which is disposed with the generator.</summary>
internal sealed class ChatGenerator(string name, ModelOptions options, IChatClient client, ModelMetrics metrics, TimeProvider time, ILogger<ChatGenerator> logger)
    : ModelGenerator(name, options, CreateTarget(client), time, logger)
{
    private readonly ModelOptions _options = options;
    private readonly IChatClient _client = client;
    private readonly ModelMetrics _metrics = metrics;

    public override void Dispose()
    {
        base.Dispose();
        _client.Dispose();
    }

    protected override IModelExchange OpenExchange(GenerationRequest request, string textSoFar, CancellationToken cancellationToken) =>
        new ChatClientExchange(_client, CreateMessages(request), CreateOptions(request.Options), _options, Target, _metrics, Time, cancellationToken);

    private List<ChatMessage> CreateMessages(GenerationRequest request)
    {
        var messages = new List<ChatMessage>();
        if (!string.IsNullOrEmpty(_options.SystemPrompt))
            messages.Add(new ChatMessage(ChatRole.System, _options.SystemPrompt));
        if (request.Messages.Count == 0)
            messages.Add(new ChatMessage(ChatRole.User, request.Prompt));
        messages.AddRange(request.Messages.Select(message => new ChatMessage(ToRole(message.Role), message.Content)));
        return messages;
    }

    private ChatOptions CreateOptions(SourceOptions sent) => new()
    {
        Temperature = (float?)SamplingOptions.GetTemperature(sent, _options),
        TopP = (float?)sent.OptionalNumber(SamplingOptions.TopP),
        PresencePenalty = (float?)sent.OptionalNumber(SamplingOptions.PresencePenalty),
        FrequencyPenalty = (float?)sent.OptionalNumber(SamplingOptions.FrequencyPenalty),
        Seed = sent.OptionalInteger(SamplingOptions.Seed),
        StopSequences = SamplingOptions.GetStopSequences(sent)?.ToList(),
        MaxOutputTokens = SamplingOptions.GetMaxTokens(sent, _options),
    };

    private static ChatRole ToRole(ConversationRole role) => role switch
    {
        ConversationRole.System => ChatRole.System,
        ConversationRole.Assistant => ChatRole.Assistant,
        _ => ChatRole.User,
    };

    private static ModelTarget CreateTarget(IChatClient client)
    {
        const string unknown = "unknown";
        var metadata = client.GetService<ChatClientMetadata>();
        var model = metadata?.DefaultModelId ?? unknown;
        return metadata is { ProviderUri: { IsAbsoluteUri: true } server }
            ? new ModelTarget(metadata.ProviderName ?? unknown, model, server, server.AbsolutePath)
            : new ModelTarget(metadata?.ProviderName ?? unknown, model, Server: null, unknown);
    }
}
