using System.Text.Json;
using System.Text.Json.Serialization;

namespace SseStreaming.Infrastructure.Generators.Models;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ModelCheckpoint))]
internal sealed partial class ModelCheckpointJson : JsonSerializerContext;
