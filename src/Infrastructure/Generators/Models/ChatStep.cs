using SseStreaming.Application.Generations;

namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>The next piece of text of an exchange, its end, or the fault that ended it.</summary>
internal readonly record struct ChatStep(string Text, GenerationFinish? Finish = null, UpstreamFault? Fault = null)
{
    public ChatStep(GenerationFinish finish)
        : this("", Finish: finish)
    {
    }

    public static implicit operator ChatStep(UpstreamFault fault) => new("", Fault: fault);
}
