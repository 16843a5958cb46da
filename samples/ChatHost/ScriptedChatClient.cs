using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace ChatHost;

/// <summary>Answers without a model, so that the sample needs no key.</summary>
internal sealed class ScriptedChatClient : IChatClient
{
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var answer = $"You said: {messages.Last().Text} Every word of this answer is stored before it is shown, so reload the page while it grows.";
        foreach (var word in answer.Split(' '))
        {
            await Task.Delay(150, cancellationToken);
            yield return new ChatResponseUpdate(ChatRole.Assistant, $"{word} ");
        }
        yield return new ChatResponseUpdate(ChatRole.Assistant, "") { FinishReason = ChatFinishReason.Stop };
    }

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}
