using SseStreaming.Application.Generations;

namespace SseStreaming.UnitTests.Testing;

/// <summary>A generator that ignores its cancellation.</summary>
internal sealed class Hang
{
    private readonly TaskCompletionSource _reached = new();
    private readonly TaskCompletionSource _released = new();

    /// <summary>Completes when the generator waits.</summary>
    public Task Reached => _reached.Task;

    public void Release() => _released.SetResult();

    public Func<CancellationToken, IAsyncEnumerable<GeneratedText>> After(params string[] texts)
    {
        return _ => Generate();

        async IAsyncEnumerable<GeneratedText> Generate()
        {
            foreach (var text in texts)
                yield return text;
            _reached.SetResult();
            await _released.Task;
        }
    }
}
