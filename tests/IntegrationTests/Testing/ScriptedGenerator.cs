using System.Runtime.CompilerServices;
using System.Threading.Channels;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;

namespace SseStreaming.IntegrationTests.Testing;

/// <summary>A source that generates the text that a test writes, and waits until the test writes it.</summary>
internal sealed class ScriptedGenerator(string name = ScriptedGenerator.Name, bool ignoresCancellation = false) : ITextGenerator
{
    public const string Name = "scripted";

    private readonly Channel<Script> _begun = Channel.CreateUnbounded<Script>();

    public SourceDescription Source { get; } = new(name, "Generates the text that a test writes.");

    /// <summary>Returns the script of the next generation; each generation is returned once.</summary>
    public Task<Script> NextAsync() => _begun.Reader.ReadAsync().AsTask().WaitAsync(Eventually.Limit);

    /// <summary>True if a generation has begun whose script was not returned yet.</summary>
    public bool HasBegunAnother => _begun.Reader.Count > 0;

    public async IAsyncEnumerable<GeneratedText> GenerateAsync(
        GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var script = new Script();
        _begun.Writer.TryWrite(script);
        try
        {
            await foreach (var text in script.ReadAsync(ignoresCancellation ? CancellationToken.None : cancellationToken))
                yield return text;
        }
        finally
        {
            script.Release();
        }
    }
}

/// <summary>The text of one generation.</summary>
internal sealed class Script
{
    private readonly Channel<GeneratedText> _texts = Channel.CreateUnbounded<GeneratedText>();
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the generator has ended, for any reason.</summary>
    public Task Released => _released.Task;

    public void Write(params IEnumerable<string> texts)
    {
        foreach (var text in texts)
            _texts.Writer.TryWrite(text);
    }

    public void Complete(string finishReason = "stop")
    {
        _texts.Writer.TryWrite(new GeneratedText("", new GenerationFinish(finishReason)));
        _texts.Writer.TryComplete();
    }

    public void Fail(Exception exception) => _texts.Writer.TryComplete(exception);

    internal IAsyncEnumerable<GeneratedText> ReadAsync(CancellationToken cancellationToken) => _texts.Reader.ReadAllAsync(cancellationToken);

    internal void Release() => _released.TrySetResult();
}
