using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>Reads fields of JSON that no schema holds for: nothing here throws, whatever a field contains.</summary>
internal static class JsonFields
{
    /// <summary>The field of an object; of the kind <see cref="JsonValueKind.Undefined"/> if there is none, or no object.</summary>
    /// <remarks><see cref="JsonElement.TryGetProperty(string, out JsonElement)"/> throws if any name has half of a surrogate pair.</remarks>
    public static JsonElement Find(this JsonElement element, string name)
    {
        JsonElement found = default;
        if (!element.IsObject())
            return found;
        foreach (var property in element.EnumerateObject())
        {
            if (property.HasName(name))
                found = property.Value;
        }
        return found;
    }

    /// <summary>The first of some fields that has a string with a text; an empty text if none has.</summary>
    public static string FindText(this JsonElement element, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (element.Find(name).ToText() is { Length: > 0 } text)
                return text;
        }
        return "";
    }

    public static bool HasName(this JsonProperty property, string name) => Ascii.Equals(JsonMarshal.GetRawUtf8PropertyName(property), name);

    public static bool IsEmptyString(this JsonElement element) => JsonMarshal.GetRawUtf8Value(element) is [_, _];

    public static bool IsObject(this JsonElement element) => element.ValueKind is JsonValueKind.Object;

    /// <summary>The text of a string; empty for any other value.</summary>
    /// <remarks>
    /// A server that cuts its text between two UTF-16 code units escapes each half by itself, and one that cuts it between two
    /// bytes sends invalid UTF-8. <see cref="JsonElement.GetString"/> throws for both.
    /// </remarks>
    public static string ToText(this JsonElement element)
    {
        if (element.ValueKind is not JsonValueKind.String)
            return "";
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Unescape(Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(element)[1..^1]));
        }
    }

    /// <summary>Text between two quotes whose escapes are known to be well-formed.</summary>
    private static string Unescape(ReadOnlySpan<char> escaped)
    {
        var text = new StringBuilder(escaped.Length);
        while (escaped.IndexOf('\\') is var at and >= 0)
        {
            text.Append(escaped[..at]);
            var isCode = escaped[at + 1] == 'u';
            text.Append(isCode
                ? (char)ushort.Parse(escaped.Slice(at + 2, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                : ToControlCharacter(escaped[at + 1]));
            escaped = escaped[(at + (isCode ? 6 : 2))..];
        }
        return text.Append(escaped).ToString();
    }

    private static char ToControlCharacter(char letter) => letter switch
    {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\b',
        'f' => '\f',
        _ => letter,
    };
}
