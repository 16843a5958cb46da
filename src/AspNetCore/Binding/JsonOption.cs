using System.Text.Json;
using SseStreaming.Application.Sources;

namespace SseStreaming.AspNetCore.Binding;

/// <summary>The JSON value of a source's option.</summary>
internal static class JsonOption
{
    public static OptionValue ToOptionValue(this JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => new OptionValue(value.GetString()!, OptionForm.String),
        JsonValueKind.Number => new OptionValue(value.GetRawText(), OptionForm.Number),
        JsonValueKind.True or JsonValueKind.False => new OptionValue(value.GetRawText(), OptionForm.Boolean),
        _ => new OptionValue("", OptionForm.Other),
    };
}
