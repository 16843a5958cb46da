using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>The text of a language model behind an OpenAI-compatible server.</summary>
internal sealed partial class OpenAiGenerator : IResumableGenerator, IDisposable
{
    private readonly OpenAiOptions _options;
    private readonly ChatUpstream _upstream;
    private readonly UpstreamHealth _health;
    private readonly ModelMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public OpenAiGenerator(string name, OpenAiOptions options, ModelMetrics metrics, TimeProvider time, ILogger<OpenAiGenerator> logger)
    {
        _options = options;
        _upstream = new ChatUpstream(options);
        _health = new UpstreamHealth(new Uri(options.Endpoint!), time);
        _metrics = metrics;
        _time = time;
        _logger = logger;
        Source = new SourceDescription(name, options.Description ?? $"The language model {options.Model}.")
        {
            Prompt = PromptUse.Required,
            TakesMessages = true,
            Options = SamplingOptions.All,
        };
    }

    public SourceDescription Source { get; }

    public ContinuationMode Continuation => _options.Continue is ContinueMethod.None ? ContinuationMode.Never : ContinuationMode.WhenViewed;

    public async IAsyncEnumerable<GeneratedText> GenerateAsync(
        GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var answer = new AnswerSoFar(Continuation is not ContinuationMode.Never, "", usage: null);
        // A model may think for long before its first piece.
        if (answer.Checkpoint is { } checkpoint)
            yield return new GeneratedText("", Checkpoint: checkpoint);
        await foreach (var text in AskAsync(request, answer, cancellationToken))
            yield return text;
    }

    public async IAsyncEnumerable<GeneratedText> ContinueAsync(
        GenerationRequest request, ContinuationPoint point, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var checkpoint = ModelCheckpoint.Parse(point.Checkpoint) ?? throw new GenerationFailedException(ProblemTypes.SourceFailed,
            "The text could not be continued.", "The state of the interrupted generation is not valid. The text up to here is complete.");
        var answer = new AnswerSoFar(keepsText: true, await point.ReadTextAsync(cancellationToken), checkpoint.Usage);
        await foreach (var text in AskAsync(request, answer, cancellationToken))
            yield return text;
    }

    public ValueTask<string?> ProbeAsync(CancellationToken cancellationToken) => _health.AskAsync(cancellationToken);

    public void Dispose()
    {
        _upstream.Dispose();
        _health.Dispose();
    }

    /// <summary>Calls the model until the text is whole.</summary>
    private async IAsyncEnumerable<GeneratedText> AskAsync(
        GenerationRequest request, AnswerSoFar answer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            TimeSpan wait;
            var textSoFar = answer.Text;
            var body = ChatRequestBody.Create(request, _options, textSoFar);
            await using (var exchange = new ChatExchange(_upstream, body, _options, _metrics, _time, cancellationToken) { ContinuesText = textSoFar.Length > 0 })
            {
                var repetition = new RepetitionFilter(textSoFar, _options.Continue);
                var hasText = false;
                ChatStep step;
                while ((step = await exchange.NextAsync()).Fault is null)
                {
                    hasText |= step.Text.Length > 0;
                    var text = repetition.Add(step.Text, out var hasSkipped);
                    if (hasSkipped)
                        Log.Repeated(_logger, Source.Name, textSoFar.Length);
                    if (step.Finish is null)
                    {
                        if (text.Length > 0)
                            yield return answer.Add(text, exchange.Usage);
                        continue;
                    }
                    _health.RecordSuccess();
                    yield return answer.End(text + repetition.Release(), step.Finish);
                    yield break;
                }
                wait = WaitBeforeRetry(step.Fault, attempt, hasText) ?? throw Failed(step.Fault);
                answer.EndCall(exchange.Usage);
                if (answer.Characters > 0)
                    Log.Continuing(_logger, Source.Name, attempt + 1, answer.Characters, step.Fault.Type, step.Fault.Cause, wait);
                else
                    Log.Retrying(_logger, Source.Name, attempt + 1, step.Fault.Type, step.Fault.Cause, wait);
            }
            await Task.Delay(wait, _time, cancellationToken);
        }
    }

    /// <summary>How long to wait before another attempt; null if there is none.</summary>
    /// <param name="fault">The fault of the last attempt.</param>
    /// <param name="attempt">The number of attempts before it.</param>
    /// <param name="hasText">True if the last attempt produced text: the next one continues it, whatever the fault.</param>
    private TimeSpan? WaitBeforeRetry(UpstreamFault fault, int attempt, bool hasText)
    {
        var mayRetry = hasText ? Continuation is not ContinuationMode.Never : fault.MayRetry;
        if (!mayRetry || attempt >= _options.Retries || fault.RetryAfter > _options.MaxRetryDelay)
            return null;
        var backoff = _options.RetryDelay * Math.Pow(2, attempt) * (0.75 + (0.5 * Random.Shared.NextDouble()));
        var wait = fault.RetryAfter > backoff ? fault.RetryAfter.Value : backoff;
        return wait < _options.MaxRetryDelay ? wait : _options.MaxRetryDelay;
    }

    private GenerationFailedException Failed(UpstreamFault fault)
    {
        if (fault.IsRefusal)
            Log.Refused(_logger, Source.Name, fault.Type, fault.Cause, _upstream.Path, _options.Model!);
        else
            Log.Failed(_logger, Source.Name, fault.Type, fault.Cause);
        _health.RecordFault(fault);
        return fault.ToException();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Source {Source}: attempt {Attempt} failed ({ProblemType}, {Cause}); the next one follows in {Delay}")]
        public static partial void Retrying(ILogger logger, string source, int attempt, string problemType, string cause, TimeSpan delay);

        [LoggerMessage(2, LogLevel.Warning, "Source {Source}: the upstream failed ({ProblemType}, {Cause})")]
        public static partial void Failed(ILogger logger, string source, string problemType, string cause);

        [LoggerMessage(3, LogLevel.Warning,
            "Source {Source}: the upstream refused the request ({ProblemType}, {Cause}); its path was {Path}, its model {Model}")]
        public static partial void Refused(ILogger logger, string source, string problemType, string cause, string path, string model);

        [LoggerMessage(4, LogLevel.Warning,
            "Source {Source}: attempt {Attempt} broke off ({ProblemType}, {Cause}); the next one continues the text after {Characters} characters, in {Delay}")]
        public static partial void Continuing(
            ILogger logger, string source, int attempt, int characters, string problemType, string cause, TimeSpan delay);

        [LoggerMessage(5, LogLevel.Warning, "Source {Source}: the upstream repeated the {Characters} characters that it was to continue; they are skipped")]
        public static partial void Repeated(ILogger logger, string source, int characters);
    }
}
