using SseStreaming.Application.Generations;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>What an exchange gives next: text, or how it ended, well or not.</summary>
internal readonly record struct ChatStep(string Text, GenerationFinish? Finish = null, UpstreamFault? Fault = null)
{
    public ChatStep(GenerationFinish finish)
        : this("", Finish: finish)
    {
    }

    public static implicit operator ChatStep(UpstreamFault fault) => new("", Fault: fault);
}
