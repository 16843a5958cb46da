using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;

namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>The text of a language model: calls it until the text is whole, and repeats a call that failed before its first segment.</summary>
internal abstract partial class ModelGenerator : ITextGenerator, IDisposable
{
    private readonly ModelOptions _options;
    private readonly ILogger _logger;

    protected ModelGenerator(string name, ModelOptions options, ModelTarget target, TimeProvider time, ILogger logger)
    {
        _options = options;
        Target = target;
        _logger = logger;
        Time = time;
        Health = new UpstreamHealth(target.Server, time);
        Source = new SourceDescription(name, options.Description ?? $"The language model {target.Model}.")
        {
            Prompt = PromptUse.Required,
            TakesMessages = true,
            Options = options.GetRequestOptions(),
        };
    }

    public SourceDescription Source { get; }

    protected ModelTarget Target { get; }

    protected TimeProvider Time { get; }

    protected UpstreamHealth Health { get; }

    /// <summary>How the server continues a text that broke off.</summary>
    protected virtual ContinueMethod Continue => ContinueMethod.None;

    public async IAsyncEnumerable<GeneratedText> GenerateAsync(
        GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var answer = new AnswerSoFar(Continue is not ContinueMethod.None, "", usage: null);
        // A model may think for long before its first piece.
        if (answer.Checkpoint is { } checkpoint)
            yield return new GeneratedText("", Checkpoint: checkpoint);
        await foreach (var text in AskAsync(request, answer, cancellationToken))
            yield return text;
    }

    public ValueTask<string?> ProbeAsync(CancellationToken cancellationToken) => Health.AskAsync(cancellationToken);

    public virtual void Dispose() => Health.Dispose();

    /// <summary>Prepares one call of the model, which continues the text so far if there is any.</summary>
    protected abstract IModelExchange OpenExchange(GenerationRequest request, string textSoFar, CancellationToken cancellationToken);

    /// <summary>Calls the model until the text is whole.</summary>
    protected async IAsyncEnumerable<GeneratedText> AskAsync(
        GenerationRequest request, AnswerSoFar answer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            TimeSpan wait;
            var textSoFar = answer.Text;
            await using (var exchange = OpenExchange(request, textSoFar, cancellationToken))
            {
                var repetition = new RepetitionFilter(textSoFar, Continue);
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
                    Health.RecordSuccess();
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
            await Task.Delay(wait, Time, cancellationToken);
        }
    }

    /// <summary>How long to wait before another attempt; null if there is none.</summary>
    /// <param name="fault">The fault of the last attempt.</param>
    /// <param name="attempt">The number of attempts before it.</param>
    /// <param name="hasText">True if the last attempt produced text: the next one continues it, whatever the fault.</param>
    private TimeSpan? WaitBeforeRetry(UpstreamFault fault, int attempt, bool hasText)
    {
        var mayRetry = hasText ? Continue is not ContinueMethod.None : fault.MayRetry;
        if (!mayRetry || attempt >= _options.Retries || fault.RetryAfter > _options.MaxRetryDelay)
            return null;
        var backoff = _options.RetryDelay * Math.Pow(2, attempt) * (0.75 + (0.5 * Random.Shared.NextDouble()));
        var wait = fault.RetryAfter > backoff ? fault.RetryAfter.Value : backoff;
        return wait < _options.MaxRetryDelay ? wait : _options.MaxRetryDelay;
    }

    private GenerationFailedException Failed(UpstreamFault fault)
    {
        if (fault.IsRefusal)
            Log.Refused(_logger, Source.Name, fault.Type, fault.Cause, Target.Path, Target.Model);
        else
            Log.Failed(_logger, Source.Name, fault.Type, fault.Cause);
        Health.RecordFault(fault);
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
