using SseStreaming.Application.Events;
using SseStreaming.Domain;

namespace SseStreaming.Application.Generations;

/// <summary>How a generation ended.</summary>
internal abstract record GenerationEnding
{
    private GenerationEnding()
    {
    }

    /// <summary>The terminal event of the stream; null if another node owns the stream, and closes it.</summary>
    public abstract StreamEvent? CreateEvent(long segments, long characters);

    public sealed record Completed(GenerationFinish Finish) : GenerationEnding
    {
        public override StreamEvent? CreateEvent(long segments, long characters) => EventData.Completed(segments, characters, Finish);
    }

    public sealed record Stopped(StopReason Reason) : GenerationEnding
    {
        public override StreamEvent? CreateEvent(long segments, long characters) => Reason is StopReason.Interrupted
            ? EventData.Interrupted(segments, characters)
            : EventData.Stopped(segments, characters, Reason);
    }

    /// <param name="Type">One of <see cref="Contracts.ProblemTypes"/>.</param>
    /// <param name="Title">The problem type in a few words.</param>
    /// <param name="Detail">This failure in one sentence.</param>
    public sealed record Failed(string Type, string Title, string Detail) : GenerationEnding
    {
        public override StreamEvent? CreateEvent(long segments, long characters) => EventData.Failed(segments, characters, Type, Title, Detail);
    }

    /// <summary>Another node continues the generation.</summary>
    public sealed record HandedOver : GenerationEnding
    {
        public override StreamEvent? CreateEvent(long segments, long characters) => null;
    }

    /// <summary>The stream was closed or taken over by another node.</summary>
    public sealed record Lost : GenerationEnding
    {
        public override StreamEvent? CreateEvent(long segments, long characters) => null;
    }
}
