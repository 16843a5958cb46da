using System.Text.Json;
using System.Text.Json.Serialization;

namespace SseStreaming.Application.Writing;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(StoredProducers))]
internal sealed partial class StoredProducersJson : JsonSerializerContext;
