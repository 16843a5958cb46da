using System.Globalization;
using System.Text.Json;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Sources;

namespace SseStreaming.Application.Generations;

/// <summary>What the store keeps of a request while its generation runs, for the node that continues the generation.</summary>
/// <param name="Source">Name of the source.</param>
/// <param name="Prompt">The prompt; null if there is none.</param>
/// <param name="Messages">The conversation; empty if there is none.</param>
/// <param name="Options">The options with their defaults, as text.</param>
/// <param name="ContinueUnviewed">True if the generation runs to its end without viewers.</param>
/// <param name="Client">The client whose limits apply.</param>
internal sealed record KeptRequest(
    string Source,
    string? Prompt,
    IReadOnlyList<ConversationMessage> Messages,
    IReadOnlyDictionary<string, string> Options,
    bool ContinueUnviewed,
    string Client)
{
    public static KeptRequest From(string source, GenerationRequest request, bool continueUnviewed, string client) => new(
        source, request.Prompt, request.Messages, request.Options.Values.ToDictionary(option => option.Key, option => ToText(option.Value)), continueUnviewed, client);

    public byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(this, KeptRequestJson.Default.KeptRequest);

    /// <summary>Null if another version encoded it in a way that this one does not know.</summary>
    public static KeptRequest? Decode(ReadOnlySpan<byte> data)
    {
        try
        {
            return JsonSerializer.Deserialize(data, KeptRequestJson.Default.KeptRequest);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The input of the generator, with the options validated again, because the configuration may have changed.</summary>
    public Outcome<GenerationRequest> ToGenerationRequest(SourceDescription source)
    {
        var sent = Options.ToDictionary(option => option.Key, option => new OptionValue(option.Value, OptionForm.Query));
        return SourceOptions.Read(source, sent).Try(out var options, out var refusal)
            ? new GenerationRequest(Prompt, options) { Messages = Messages }
            : refusal;
    }

    /// <summary>Without the content, which must not be logged.</summary>
    public override string ToString() => nameof(KeptRequest);

    private static string ToText(object value) => value is bool flag ? (flag ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
