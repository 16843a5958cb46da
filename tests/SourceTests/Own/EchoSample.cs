using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;

namespace SseStreaming.SourceTests.Own;

/// <summary>A sample of docs/sources.md.</summary>
internal static class EchoSample
{
    public static void AddTo(WebApplicationBuilder builder)
    {
        // <sample>
        builder.Services.AddTextSource("echo", EchoAsync, source => source with
        {
            Description = "Repeats the prompt.",
            Prompt = PromptUse.Required,
            Options = [new("times", OptionType.Integer, "How often.") { Minimum = 1, Maximum = 100, Default = 2 }],
        });

        static async IAsyncEnumerable<string> EchoAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            for (var left = request.Options.Integer("times"); left > 0; left--)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
                yield return $"{request.Prompt} ";
            }
        }
        // </sample>
    }
}
