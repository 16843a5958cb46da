using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;
using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore.Binding;

namespace SseStreaming.AspNetCore.Doors.Durable;

/// <summary>What a stream consists of: text, or JSON messages. It is kept in the properties of the stream.</summary>
/// <param name="MediaType">In lower case, as it is sent.</param>
internal sealed record DurableContent(string MediaType)
{
    private const string Json = "application/json";

    private static readonly UTF8Encoding Utf8Encoding = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The content of a stream that is named by its id.</summary>
    public static DurableContent Utf8Text { get; } = new("text/plain; charset=utf-8");

    public bool IsJson => MediaType == Json;

    /// <summary>The properties of a stream with this content.</summary>
    public string Properties => JsonSerializer.Serialize(new StreamProperties(new(MediaType)), JsonSerializerOptions.Web);

    /// <summary>The content of a stream that was created through any route.</summary>
    public static DurableContent From(StreamState state) =>
        state.Properties is { } json && JsonSerializer.Deserialize<StreamProperties>(json, JsonSerializerOptions.Web)?.Durable is { ContentType: { } type }
            ? new DurableContent(type)
            : Utf8Text;

    /// <summary>Null for content that this server does not keep: bytes, and text of another encoding.</summary>
    public static DurableContent? Parse(string contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && (type.Type.Equals("text", StringComparison.OrdinalIgnoreCase) || type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase))
        && type.IsUtf8()
            ? new DurableContent(type.MediaType.ToString().ToLowerInvariant())
            : null;

    /// <summary>The texts that a body appends: its text, or a line for each of its JSON messages. Null if it is neither.</summary>
    public IReadOnlyList<string>? Read(ReadOnlyMemory<byte> body) =>
        body.IsEmpty ? []
        : !Utf8.IsValid(body.Span) ? null
        : IsJson ? ReadMessages(body)
        : [Utf8Encoding.GetString(body.Span)];

    /// <summary>The messages of an array, which is not one itself; or the value.</summary>
    private static IReadOnlyList<string>? ReadMessages(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            return root.ValueKind is JsonValueKind.Array ? [.. root.EnumerateArray().Select(ToLine)] : [ToLine(root)];
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Line breaks in JSON are white space between its tokens: those of a string are escaped.</summary>
    private static string ToLine(JsonElement message) =>
        message.GetRawText().Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal) + '\n';

    private sealed record StreamProperties(DurableProperties? Durable);

    private sealed record DurableProperties(string? ContentType);
}
