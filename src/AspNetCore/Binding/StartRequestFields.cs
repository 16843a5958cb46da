using System.Text.Json;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Sources;
using SseStreaming.AspNetCore.Auth;

namespace SseStreaming.AspNetCore.Binding;

/// <summary>Collects the fields of a start request and their errors.</summary>
internal sealed class StartRequestFields : IJsonFields
{
    private const string Prompt = "prompt";
    private const string Source = "source";
    private const string OnDisconnectName = "onDisconnect";
    private const string Thread = "thread";

    private const int MaxFields = 64;
    private const int MaxNameLength = 40;

    private readonly Dictionary<string, OptionValue> _fields = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _errors = new(StringComparer.Ordinal);
    private IReadOnlyList<ConversationMessage> _messages = [];

    public IReadOnlyDictionary<string, string> Errors => _errors;

    public bool IsUnsupportedMediaType { get; set; }

    public void Reject(string field, string message) => _errors.TryAdd(field, message);

    public void AddQuery(IQueryCollection query)
    {
        foreach (var (name, values) in query)
        {
            // The application may authenticate by a token in the query.
            if (name is LastEventIdBinder.Parameter or QuerySecrets.AccessTokenName)
                continue;
            if (values.Count > 1)
                Reject(Printable(name), $"'{Printable(name)}' is given more than once.");
            else
                Add(name, new OptionValue(values.ToString(), OptionForm.Query));
        }
    }

    /// <exception cref="InvalidOperationException">A name or a value contains an unpaired surrogate escape.</exception>
    public void AddJson(JsonElement body)
    {
        foreach (var property in body.EnumerateObject())
        {
            if (property.Value.ValueKind is not JsonValueKind.Null)
                AddJson(property);
        }
    }

    public StartRequest ToRequest(string? idempotencyKey) => new()
    {
        Prompt = Take(Prompt),
        Messages = _messages,
        Source = Take(Source),
        Thread = Take(Thread),
        OnDisconnect = Take(OnDisconnectName) == "continue" ? OnDisconnect.Continue : OnDisconnect.Stop,
        Options = _fields,
        IdempotencyKey = idempotencyKey,
    };

    private void AddJson(JsonProperty property)
    {
        if (property.Name == ConversationField.Name)
            _messages = ConversationField.Read(property.Value, Reject);
        else
            Add(property.Name, property.Value.ToOptionValue());
    }

    private void Add(string name, OptionValue value)
    {
        if (name is Prompt or Source or Thread or OnDisconnectName && value.Form is not (OptionForm.Query or OptionForm.String))
            Reject(name, $"'{name}' must be a string.");
        else if (name is OnDisconnectName && value.Text is not ("stop" or "continue"))
            Reject(name, "'onDisconnect' must be 'stop' or 'continue'.");
        else if (name is ConversationField.Name)
            Reject(name, "'messages' can't be in a query: send it in the JSON body of a POST.");
        // One error for all: each field that no source has would add its own.
        else if (_fields.Count == MaxFields)
            Reject("", $"The request has more than {MaxFields} fields.");
        else
            _fields[name] = value;
    }

    private string? Take(string name) => _fields.Remove(name, out var value) ? value.Text : null;

    /// <summary>Errors repeat a name only if it could be the name of an option.</summary>
    private static string Printable(string name) =>
        name.Length <= MaxNameLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? name : "option";
}
