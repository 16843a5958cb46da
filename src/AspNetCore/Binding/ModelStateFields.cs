using System.Text.Json;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace SseStreaming.AspNetCore.Binding;

/// <summary>Fields of a JSON object whose errors go to the model state.</summary>
internal abstract class ModelStateFields(ModelStateDictionary state) : IJsonFields
{
    public virtual int MaxDepth => IJsonFields.UsualDepth;

    public bool IsUnsupportedMediaType
    {
        set => state.TryAddModelException("Content-Type", new UnsupportedContentTypeException("The body must be JSON in UTF-8."));
    }

    public void Reject(string field, string message) => state.TryAddModelError(field, message);

    public abstract void AddJson(JsonElement body);

    /// <summary>Null if the field is absent or null, and after it was rejected.</summary>
    protected string? ReadString(JsonElement body, string name)
    {
        if (!body.TryGetProperty(name, out var value) || value.ValueKind is JsonValueKind.Null)
            return null;
        if (value.ValueKind is JsonValueKind.String)
            return value.GetString();
        Reject(name, $"'{name}' must be a string.");
        return null;
    }
}
