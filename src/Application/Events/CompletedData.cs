using System.Text.Json.Serialization;
using SseStreaming.Application.Generations;

namespace SseStreaming.Application.Events;

internal sealed record CompletedData(
    long Segments,
    long Characters,
    string FinishReason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] GenerationUsage? Usage);
