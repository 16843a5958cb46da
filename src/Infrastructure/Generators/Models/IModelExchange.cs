using SseStreaming.Application.Generations;

namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>
/// One attempt: a request, and its answer read to the end. Disposing it closes the connection unless the answer was at its end, so
/// that the model does not go on to generate, at a cost, what is not read.
/// </summary>
internal interface IModelExchange : IAsyncDisposable
{
    /// <summary>The usage that the server has reported so far.</summary>
    GenerationUsage? Usage { get; }

    /// <summary>The next piece of text, the end, or the fault. It must not be called again after the last two.</summary>
    /// <exception cref="OperationCanceledException">The generation was stopped.</exception>
    ValueTask<ChatStep> NextAsync();
}
