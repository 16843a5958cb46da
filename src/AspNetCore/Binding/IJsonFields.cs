using System.Text.Json;

namespace SseStreaming.AspNetCore.Binding;

/// <summary>Receives the fields of a JSON object.</summary>
internal interface IJsonFields
{
    /// <summary>A conversation whose messages have content parts has five levels.</summary>
    const int UsualDepth = 8;

    /// <summary>Levels that the JSON may have.</summary>
    int MaxDepth => UsualDepth;

    bool IsUnsupportedMediaType { set; }

    void Reject(string field, string message);

    /// <exception cref="InvalidOperationException">A name or a value contains an unpaired surrogate escape.</exception>
    void AddJson(JsonElement body);
}
