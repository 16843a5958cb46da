using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>The text of a language model behind an OpenAI-compatible server.</summary>
internal sealed partial class OpenAiGenerator : ITextGenerator, IDisposable
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
        };
    }

    public SourceDescription Source { get; }

    public async IAsyncEnumerable<GeneratedText> GenerateAsync(
        GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var body = ChatRequestBody.Create(request, _options);
        for (var attempt = 0; ; attempt++)
        {
            TimeSpan wait;
            await using (var exchange = new ChatExchange(_upstream, body, _options, _metrics, _time, cancellationToken))
            {
                var step = await exchange.NextAsync();
                if (step.Fault is null || WaitBeforeRetry(step.Fault, attempt) is not { } delay)
                {
                    while (step.Finish is null)
                    {
                        if (step.Fault is { } fault)
                            throw Failed(fault);
                        yield return step.Text;
                        step = await exchange.NextAsync();
                    }
                    _health.RecordSuccess();
                    yield return new GeneratedText("", step.Finish);
                    yield break;
                }
                Log.Retrying(_logger, Source.Name, attempt + 1, step.Fault.Type, step.Fault.Cause, delay);
                wait = delay;
            }
            await Task.Delay(wait, _time, cancellationToken);
        }
    }

    public ValueTask<string?> ProbeAsync(CancellationToken cancellationToken) => _health.AskAsync(cancellationToken);

    public void Dispose()
    {
        _upstream.Dispose();
        _health.Dispose();
    }

    /// <summary>How long to wait before another attempt; null if there is none.</summary>
    private TimeSpan? WaitBeforeRetry(UpstreamFault fault, int attempt)
    {
        if (!fault.MayRetry || attempt >= _options.Retries || fault.RetryAfter > _options.MaxRetryDelay)
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
    }
}
