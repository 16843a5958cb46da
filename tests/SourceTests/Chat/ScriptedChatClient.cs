using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace SseStreaming.SourceTests.Chat;

/// <summary>A chat client whose answers are functions of the call's number; the last one answers all further calls.</summary>
internal sealed class ScriptedChatClient(params Func<CancellationToken, IAsyncEnumerable<ChatResponseUpdate>>[] answers) : IChatClient
{
    public List<IReadOnlyList<ChatMessage>> Calls { get; } = [];

    public ChatOptions? Options { get; private set; }

    public bool IsDisposed { get; private set; }

    /// <summary>Completes when the updates of a call were disposed.</summary>
    public TaskCompletionSource CallEnded { get; } = new();

    public static ChatResponseUpdate Text(string text) => new(ChatRole.Assistant, text);

    public static ChatResponseUpdate Finish(string reason) => new() { FinishReason = new ChatFinishReason(reason) };

    public static ChatResponseUpdate Content(AIContent content) => new(ChatRole.Assistant, [content]);

    public static Func<CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> Answer(params ChatResponseUpdate[] updates) => _ => updates.ToAsyncEnumerable();

    /// <summary>Some updates, then an exception.</summary>
    public static Func<CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> Fail(Exception exception, params ChatResponseUpdate[] updates)
    {
        return _ => Generate();

        async IAsyncEnumerable<ChatResponseUpdate> Generate()
        {
            foreach (var update in updates)
                yield return update;
            await Task.Yield();
            throw exception;
        }
    }

    /// <summary>Some updates, then silence.</summary>
    public static Func<CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> FallSilent(bool ignoresToken, params ChatResponseUpdate[] updates)
    {
        return Generate;

        async IAsyncEnumerable<ChatResponseUpdate> Generate([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (var update in updates)
                yield return update;
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ignoresToken ? CancellationToken.None : cancellationToken);
        }
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Calls.Add([.. messages]);
        Options = options;
        try
        {
            await foreach (var update in answers[Math.Min(Calls.Count, answers.Length) - 1](cancellationToken))
                yield return update;
        }
        finally
        {
            CallEnded.TrySetResult();
        }
    }

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose() => IsDisposed = true;
}
