using System.Diagnostics;
using SseStreaming.Application.Contracts;

namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>The measurements and the span of one call to a model. They hold no prompt and no generated text.</summary>
internal sealed class ModelCall : IDisposable
{
    public const string ActivitySourceName = "SseStreaming.Models";

    private const string Operation = "chat";

    private static readonly ActivitySource Activities = new(ActivitySourceName);

    private readonly ModelMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly TagList _tags;
    private readonly Activity? _span;
    private readonly long _startTime;
    private bool _hasText;
    private string? _error;

    /// <summary>Starts the call. Its span is the current one for the caller, who sends the request.</summary>
    public ModelCall(ModelTarget target, ModelMetrics metrics, TimeProvider time)
    {
        _metrics = metrics;
        _time = time;
        _startTime = time.GetTimestamp();
        _tags = new TagList
        {
            { "gen_ai.operation.name", Operation },
            { "gen_ai.provider.name", target.Provider },
            { "gen_ai.request.model", target.Model },
        };
        if (target.Server is { } server)
        {
            _tags.Add("server.address", server.Host);
            _tags.Add("server.port", server.Port);
        }
        if (Activities.HasListeners())
            _span = Activities.StartActivity(ActivityKind.Client, tags: _tags, name: $"{Operation} {target.Model}");
    }

    /// <summary>Records a step of the answer.</summary>
    public void Record(ChatStep step)
    {
        if (step.Text.Length > 0 && !_hasText)
        {
            _hasText = true;
            var elapsed = _time.GetElapsedTime(_startTime);
            _metrics.RecordFirstChunk(_tags, elapsed);
            _span?.SetTag("gen_ai.response.time_to_first_chunk", elapsed.TotalSeconds);
        }
        if (step.Fault is { } fault)
            _error = ProblemTypes.GetName(fault.Type);
        if (step.Finish is not { } finish)
            return;
        _span?.SetTag("gen_ai.response.finish_reasons", new[] { finish.Reason });
        if (finish.Usage is { } usage)
        {
            _metrics.RecordUsage(_tags, usage);
            _span?.SetTag("gen_ai.usage.input_tokens", usage.InputTokens).SetTag("gen_ai.usage.output_tokens", usage.OutputTokens);
        }
    }

    /// <summary>Ends the call. A call that was cancelled because the generation was stopped has not failed.</summary>
    public void Dispose()
    {
        _metrics.RecordCall(_tags, _time.GetElapsedTime(_startTime), _error);
        if (_error is not null)
            _span?.SetTag("error.type", _error).SetStatus(ActivityStatusCode.Error);
        _span?.Dispose();
    }
}
