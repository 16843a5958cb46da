using System.Text.Json;

namespace SseStreaming.Api.Binding;

/// <summary>Receives the fields of a JSON object.</summary>
internal interface IJsonFields
{
    /// <summary>Levels of the JSON. A conversation whose messages have content parts has five.</summary>
    int MaxDepth => 8;

    bool IsUnsupportedMediaType { set; }

    void Reject(string field, string message);

    /// <exception cref="InvalidOperationException">A name or a value contains an unpaired surrogate escape.</exception>
    void AddJson(JsonElement body);
}
