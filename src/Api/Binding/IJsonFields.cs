using System.Text.Json;

namespace SseStreaming.Api.Binding;

/// <summary>What takes the fields of a JSON object.</summary>
internal interface IJsonFields
{
    bool IsUnsupportedMediaType { set; }

    void Reject(string field, string message);

    /// <exception cref="InvalidOperationException">A name or a value has an escaped surrogate without its other half.</exception>
    void AddJson(JsonElement body);
}
