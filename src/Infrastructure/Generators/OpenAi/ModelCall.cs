using System.Diagnostics;
using SseStreaming.Application.Contracts;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>What is measured and traced of one call to a model; what was asked and answered is no part of it.</summary>
internal sealed class ModelCall : IDisposable
{
    public const string ActivitySourceName = "SseStreaming.Models";

    private const string Operation = "chat";

    private static readonly ActivitySource Activities = new(ActivitySourceName);

    private readonly ModelMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly TagList _tags;
    private readonly Activity? _span;
    private readonly long _begun;
    private bool _hasText;
    private string? _error;

    /// <summary>Begins; the request is to be made where this was called, for it to be in the span.</summary>
    public ModelCall(OpenAiOptions options, ModelMetrics metrics, TimeProvider time)
    {
        _metrics = metrics;
        _time = time;
        _begun = time.GetTimestamp();
        var server = new Uri(options.Endpoint!);
        _tags = new TagList
        {
            { "gen_ai.operation.name", Operation },
            // The conventions know it by its format, whoever runs it.
            { "gen_ai.provider.name", "openai" },
            { "gen_ai.request.model", options.Model },
            { "server.address", server.Host },
            { "server.port", server.Port },
        };
        if (Activities.HasListeners())
            _span = Activities.StartActivity(ActivityKind.Client, tags: _tags, name: $"{Operation} {options.Model}");
    }

    /// <summary>Takes note of what the call gave.</summary>
    public void Gave(ChatStep step)
    {
        if (step.Text.Length > 0 && !_hasText)
        {
            _hasText = true;
            var since = _time.GetElapsedTime(_begun);
            _metrics.FirstChunkCame(_tags, since);
            _span?.SetTag("gen_ai.response.time_to_first_chunk", since.TotalSeconds);
        }
        if (step.Fault is { } fault)
            _error = ProblemTypes.GetName(fault.Type);
        if (step.Finish is not { } finish)
            return;
        _span?.SetTag("gen_ai.response.finish_reasons", new[] { finish.Reason });
        if (finish.Usage is { } usage)
        {
            _metrics.TokensUsed(_tags, usage);
            _span?.SetTag("gen_ai.usage.input_tokens", usage.InputTokens).SetTag("gen_ai.usage.output_tokens", usage.OutputTokens);
        }
    }

    /// <summary>Ends. A call that was called off, because the generation was stopped, is no failed one.</summary>
    public void Dispose()
    {
        _metrics.CallEnded(_tags, _time.GetElapsedTime(_begun), _error);
        if (_error is not null)
            _span?.SetTag("error.type", _error).SetStatus(ActivityStatusCode.Error);
        _span?.Dispose();
    }
}
