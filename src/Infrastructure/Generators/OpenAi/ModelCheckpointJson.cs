using System.Text.Json;
using System.Text.Json.Serialization;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ModelCheckpoint))]
internal sealed partial class ModelCheckpointJson : JsonSerializerContext;
