using System.Collections.Frozen;
using System.Text.Json;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Sources;
using SseStreaming.AspNetCore.Binding;

namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>Reads the body of a request that generates: a chat completion, or a response.</summary>
internal sealed class OpenAiRequestReader(ITextStreamService streams, bool isResponse) : IJsonFields
{
    /// <summary>The option of a source that bounds the length of the text.</summary>
    private const string MaxTokens = "max_tokens";

    private const string Stop = "stop";

    private const int MaxPairs = 16;
    private const int MaxKeyLength = 64;
    private const int MaxValueLength = 512;

    private readonly FrozenSet<string> _fields = isResponse ? RequestFields.Response : RequestFields.Chat;

    /// <summary>The first error; null if there is a request.</summary>
    public OpenAiError? Error { get; private set; }

    public StartRequest Request { get; private set; } = new();

    public bool IsStreamed { get; private set; }

    public bool IncludesUsage { get; private set; }

    public bool IsBackground { get; private set; }

    public bool IsUnsupportedMediaType
    {
        set => Error ??= new OpenAiError(StatusCodes.Status415UnsupportedMediaType, "The body must be JSON in UTF-8.");
    }

    public async Task ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        await JsonBody.ReadAsync(request, this, cancellationToken);
        Request = Request with { IdempotencyKey = IdempotencyKey.Read(request, Reject) };
    }

    public void Reject(string field, string message) => Error ??= OpenAiError.Invalid(field, message);

    public void AddJson(JsonElement body)
    {
        var messages = new List<ConversationMessage>();
        Error ??= RequestFields.FindUnsupported(body, _fields)
            ?? (isResponse ? ConversationReader.ReadInput(body, messages) : ConversationReader.ReadMessages(body, messages));
        IsStreamed = ReadFlag(body, "stream");
        IsBackground = isResponse && ReadFlag(body, "background");
        if (body.TryGetProperty("stream_options", out var streamOptions) && streamOptions.ValueKind is JsonValueKind.Object)
            IncludesUsage = ReadFlag(streamOptions, "include_usage");
        var metadata = ReadMetadata(body);
        if (ReadSource(body) is not { } source || Error is not null)
            return;

        var properties = isResponse ? CreateProperties(body, metadata).ToJson() : null;
        if (isResponse && properties is null)
            Reject("metadata", "'metadata' is too long.");
        var options = DoorRequest.ReadOptions(body, source, _fields);
        if (source.Options.Any(option => option.Name == MaxTokens) && FindMaxTokens(body) is { } maxTokens)
            options[MaxTokens] = maxTokens.ToOptionValue();
        if (options.ContainsKey(Stop) && body.GetProperty(Stop) is { ValueKind: JsonValueKind.Array } stops)
            ReadStops(stops, options);
        Request = new StartRequest
        {
            Source = source.Name,
            Options = options,
            OnDisconnect = IsBackground ? OnDisconnect.Continue : OnDisconnect.Stop,
            Properties = properties,
        }.WithConversation(source, messages);
    }

    /// <summary>Several sequences are the text of a JSON array, because an option has one value.</summary>
    private void ReadStops(JsonElement stops, Dictionary<string, OptionValue> options)
    {
        if (stops.EnumerateArray().Any(stop => stop.ValueKind is not JsonValueKind.String))
            Reject(Stop, "'stop' must be a string, or an array of strings.");
        else if (stops.GetArrayLength() == 0)
            options.Remove(Stop);
        else
            options[Stop] = stops.GetArrayLength() == 1 ? stops[0].ToOptionValue() : new OptionValue(stops.GetRawText(), OptionForm.String);
    }

    private SourceDescription? ReadSource(JsonElement body)
    {
        if (!body.TryGetProperty("model", out var model) || model.ValueKind is not JsonValueKind.String)
        {
            Reject("model", "'model' is missing: it is the name of a source of this server.");
            return null;
        }
        if (streams.FindSource(model.GetString()) is { } source && source.HasEnd())
            return source;
        Error ??= RequestFields.UnknownModel;
        return null;
    }

    private bool ReadFlag(JsonElement body, string name)
    {
        if (!body.TryGetProperty(name, out var flag) || flag.ValueKind is JsonValueKind.Null)
            return false;
        if (flag.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            Reject(name, $"'{name}' must be true or false.");
        return flag.ValueKind is JsonValueKind.True;
    }

    private Dictionary<string, string>? ReadMetadata(JsonElement body)
    {
        if (!body.TryGetProperty("metadata", out var metadata) || metadata.ValueKind is JsonValueKind.Null)
            return null;
        if (metadata.ValueKind is JsonValueKind.Object
            && metadata.GetPropertyCount() <= MaxPairs
            && metadata.EnumerateObject().All(pair => pair.Name.Length <= MaxKeyLength
                && pair.Value.ValueKind is JsonValueKind.String && pair.Value.GetString()!.Length <= MaxValueLength))
            return metadata.EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString()!, StringComparer.Ordinal);
        Reject("metadata", $"'metadata' must be an object of at most {MaxPairs} strings, with names of at most {MaxKeyLength} characters and values of at most {MaxValueLength}.");
        return null;
    }

    private static ResponseProperties CreateProperties(JsonElement body, Dictionary<string, string>? metadata) => new()
    {
        Background = body.TryGetProperty("background", out var background) && background.ValueKind is JsonValueKind.True,
        Metadata = metadata,
        Instructions = body.TryGetProperty("instructions", out var instructions) ? instructions.GetString() : null,
        Temperature = ReadNumber(body, "temperature"),
        TopP = ReadNumber(body, "top_p"),
        MaxOutputTokens = (long?)ReadNumber(body, "max_output_tokens"),
    };

    private static double? ReadNumber(JsonElement body, string name) =>
        body.TryGetProperty(name, out var number) && number.ValueKind is JsonValueKind.Number && number.TryGetDouble(out var value) && double.IsFinite(value) ? value : null;

    private static JsonElement? FindMaxTokens(JsonElement body)
    {
        foreach (var name in (string[])["max_completion_tokens", "max_output_tokens"])
        {
            if (body.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null)
                return value;
        }
        return null;
    }
}
