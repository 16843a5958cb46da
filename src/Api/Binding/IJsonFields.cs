using System.Text.Json;

namespace SseStreaming.Api.Binding;

/// <summary>Receives the fields of a JSON object.</summary>
internal interface IJsonFields
{
    bool IsUnsupportedMediaType { set; }

    void Reject(string field, string message);

    /// <exception cref="InvalidOperationException">A name or a value contains an unpaired surrogate escape.</exception>
    void AddJson(JsonElement body);
}
