using System.Text.Json;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>Recognises a reported error by what it is, because servers put it in different places.</summary>
internal static class ErrorReader
{
    private static readonly string[] CodeFields = ["code", "error_code", "errorCode", "status_code", "statusCode"];
    private static readonly string[] TypeFields = ["error_type", "errorType", "exception"];
    private static readonly string[] MessageFields =
        ["message", "detail", "errors", "error_message", "errorMessage", "error_msg", "errorMsg", "msg"];

    /// <summary>Values of fields for errors where there is none.</summary>
    private static readonly string[] NoError = ["", "null", "none", "nil", "false", "no", "0", "0.0", "200", "ok", "success", "succeeded"];

    /// <summary>True if a frame with or without a choice has an error.</summary>
    public static bool HasError(JsonElement root, JsonElement? choice) =>
        IsNamedError(root.FindText("object")) || IsNamedError(root.FindText("type")) || HasValue(root.Find("error"))
        || HasValue(root.Find("base_resp").Find("status_code"))
        || (choice is { } found && (HasValue(found.Find("error")) || HasValue(found.Find("delta").Find("error")) || HasValue(found.Find("message").Find("error"))));

    /// <summary>True if a frame without a choice is itself an error.</summary>
    public static bool IsError(JsonElement root)
    {
        foreach (var code in Fields(root, CodeFields))
        {
            if (HasValue(code))
                return true;
            // The code of success counts more than the message that comes with it.
            if (code.ValueKind is JsonValueKind.Number || code.ToText().Length > 0)
                return false;
        }
        return Fields(root, TypeFields).Any(HasValue) || IsErrorType(root.FindText("type")) || Fields(root, MessageFields).Any(IsMessage);
    }

    private static IEnumerable<JsonElement> Fields(JsonElement root, string[] names) => names.Select(name => root.Find(name));

    private static bool IsNamedError(string name) => name.Equals("error", StringComparison.OrdinalIgnoreCase);

    private static bool IsErrorType(string type) =>
        type.EndsWith("error", StringComparison.OrdinalIgnoreCase) || type.EndsWith("exception", StringComparison.OrdinalIgnoreCase);

    /// <summary>An object with the fields of a message of the model is no message about an error.</summary>
    private static bool IsMessage(JsonElement field) =>
        HasValue(field) && field.Find("content").ValueKind is JsonValueKind.Undefined && field.Find("role").ValueKind is JsonValueKind.Undefined;

    /// <summary>True unless all that is in it says that there is no error.</summary>
    private static bool HasValue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => !NoError.Contains(value.ToText().Trim(), StringComparer.OrdinalIgnoreCase),
        JsonValueKind.Number => !NoError.Contains(value.GetRawText(), StringComparer.Ordinal),
        JsonValueKind.True => true,
        JsonValueKind.Array => value.EnumerateArray().Any(HasValue),
        JsonValueKind.Object => value.EnumerateObject().Any(property => HasValue(property.Value)),
        _ => false,
    };
}
