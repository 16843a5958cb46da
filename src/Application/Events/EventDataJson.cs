using System.Text.Json;
using System.Text.Json.Serialization;

namespace SseStreaming.Application.Events;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(StartedData))]
[JsonSerializable(typeof(CompletedData))]
[JsonSerializable(typeof(StoppedData))]
[JsonSerializable(typeof(FailedData))]
internal sealed partial class EventDataJson : JsonSerializerContext;
