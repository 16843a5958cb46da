using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;

namespace SseStreaming.Application.Writing;

/// <summary>An append or a stop that waits for the writer of its stream.</summary>
internal sealed class PendingWrite
{
    private readonly TaskCompletionSource<Outcome<AppendReceipt>> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>How the stream ends after the texts; null: it stays open.</summary>
    public GenerationEnding? Ending { get; init; }

    public ProducerPosition? Producer { get; init; }

    public string? Order { get; init; }

    /// <summary>Length of the texts in UTF-16 code units.</summary>
    public long Characters => Texts.Sum(text => (long)text.Length);

    public Task<Outcome<AppendReceipt>> Outcome => _outcome.Task;

    public static PendingWrite From(ExternalAppend append) => new()
    {
        Texts = append.Texts,
        Ending = append.End is { } end ? ToEnding(end) : null,
        Producer = append.Producer,
        Order = append.Order,
    };

    public static PendingWrite Stop() => new() { Ending = new GenerationEnding.Stopped(StopReason.Requested) };

    public static GenerationEnding ToEnding(ExternalEnd end) => end.Problem is { } problem
        ? new GenerationEnding.Failed(
            ProblemTypes.WriterFailed, problem.Title ?? "The writer failed.",
            problem.Detail ?? "The client that writes this text could not complete it. The text up to here is complete.")
        : new GenerationEnding.Completed(GenerationFinish.Stop);

    public void Complete(Outcome<AppendReceipt> outcome) => _outcome.TrySetResult(outcome);

    public void Fail(Exception exception) => _outcome.TrySetException(exception);
}
