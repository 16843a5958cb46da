using System.Diagnostics;
using System.Diagnostics.Metrics;
using SseStreaming.Application.Generations;

namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>
/// Measurements of calls to models, under the names of OpenTelemetry's conventions for clients of generative AI
/// (docs/decisions/0010-names-of-metrics.md).
/// </summary>
internal sealed class ModelMetrics
{
    public const string MeterName = "SseStreaming.Models";

    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _timeToFirstChunk;
    private readonly Histogram<long> _tokens;

    public ModelMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        // The buckets are those of the conventions.
        var seconds = new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92] };
        _duration = meter.CreateHistogram("gen_ai.client.operation.duration", "s", "One call to a model, from the request to the end of its answer.", advice: seconds);
        _timeToFirstChunk = meter.CreateHistogram("gen_ai.client.operation.time_to_first_chunk", "s", "From the request to the first piece of text.", advice: seconds);
        _tokens = meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "Tokens of a call, as the model counts them.",
            advice: new InstrumentAdvice<long>
            {
                HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864],
            });
    }

    /// <param name="error">The kind of fault that ended the call; null if it did not fail.</param>
    public void RecordCall(in TagList call, TimeSpan duration, string? error)
    {
        if (!_duration.Enabled)
            return;
        var tags = call;
        if (error is not null)
            tags.Add("error.type", error);
        _duration.Record(duration.TotalSeconds, tags);
    }

    public void RecordFirstChunk(in TagList call, TimeSpan elapsed) => _timeToFirstChunk.Record(elapsed.TotalSeconds, call);

    public void RecordUsage(in TagList call, GenerationUsage usage)
    {
        if (!_tokens.Enabled)
            return;
        Record(call, "input", usage.InputTokens);
        Record(call, "output", usage.OutputTokens);
    }

    private void Record(in TagList call, string type, long tokens)
    {
        var tags = call;
        tags.Add("gen_ai.token.type", type);
        _tokens.Record(tokens, tags);
    }
}
