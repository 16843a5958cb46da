using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;

namespace SseStreaming.SourceTests.Own;

// <sample>
internal sealed class ResumableCountdown(SourceSettings settings, TimeProvider time) : IResumableGenerator
{
    private readonly TimeSpan _pause = settings.Configuration.GetValue("Pause", TimeSpan.FromMilliseconds(100));

    public SourceDescription Source { get; } = new(settings.Name, "Counts down, across restarts.");

    public ContinuationMode Continuation => ContinuationMode.AtOnce;

    public IAsyncEnumerable<GeneratedText> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken) =>
        CountAsync(100, cancellationToken);

    public IAsyncEnumerable<GeneratedText> ContinueAsync(GenerationRequest request, ContinuationPoint point, CancellationToken cancellationToken) =>
        CountAsync(int.Parse(point.Checkpoint, CultureInfo.InvariantCulture), cancellationToken);

    private async IAsyncEnumerable<GeneratedText> CountAsync(int number, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (; number > 0; number--)
        {
            await Task.Delay(_pause, time, cancellationToken);
            yield return new GeneratedText($"{number} ", Checkpoint: $"{number - 1}");
        }
    }
}
// </sample>
