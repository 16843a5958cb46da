using System.Text.Json;
using System.Text.Json.Serialization;

namespace SseStreaming.Application.Generations;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(KeptRequest))]
internal sealed partial class KeptRequestJson : JsonSerializerContext;
