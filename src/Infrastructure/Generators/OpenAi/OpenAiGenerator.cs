using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Infrastructure.Generators.Models;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>The text of a language model behind an OpenAI-compatible server.</summary>
internal sealed class OpenAiGenerator(string name, OpenAiOptions options, ModelMetrics metrics, TimeProvider time, ILogger<OpenAiGenerator> logger)
    : ModelGenerator(name, options, ModelTarget.From(options, Provider, ChatUpstream.PathOf(options)), time, logger), IResumableGenerator
{
    /// <summary>By the conventions of telemetry this is the format of the API, which other companies' servers use too.</summary>
    private const string Provider = "openai";

    private readonly OpenAiOptions _options = options;
    private readonly ModelMetrics _metrics = metrics;
    private readonly ChatUpstream _upstream = new(options);

    public ContinuationMode Continuation => Continue is ContinueMethod.None ? ContinuationMode.Never : ContinuationMode.WhenViewed;

    protected override ContinueMethod Continue => _options.Continue;

    public async IAsyncEnumerable<GeneratedText> ContinueAsync(
        GenerationRequest request, ContinuationPoint point, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var checkpoint = ModelCheckpoint.Parse(point.Checkpoint) ?? throw new GenerationFailedException(ProblemTypes.SourceFailed,
            "The text could not be continued.", "The state of the interrupted generation is not valid. The text up to here is complete.");
        var answer = new AnswerSoFar(keepsText: true, await point.ReadTextAsync(cancellationToken), checkpoint.Usage);
        await foreach (var text in AskAsync(request, answer, cancellationToken))
            yield return text;
    }

    public override void Dispose()
    {
        base.Dispose();
        _upstream.Dispose();
    }

    protected override IModelExchange OpenExchange(GenerationRequest request, string textSoFar, CancellationToken cancellationToken) =>
        new ChatExchange(_upstream, ChatRequestBody.Create(request, _options, textSoFar), _options, Target, _metrics, Time, cancellationToken)
        {
            ContinuesText = textSoFar.Length > 0,
        };
}
