using System.Globalization;
using SseStreaming.Application.Contracts;

namespace SseStreaming.Application.Sources;

/// <summary>The validated options of one request, with the defaults of the source.</summary>
public sealed class SourceOptions
{
    /// <summary>An array, because a dictionary of a few options takes 400 bytes for each generation.</summary>
    private readonly KeyValuePair<string, object>[] _values;

    private SourceOptions(KeyValuePair<string, object>[] values) => _values = values;

    /// <summary>No options.</summary>
    public static SourceOptions None { get; } = new([]);

    /// <summary>Validates the options of a request. A refusal lists all errors.</summary>
    public static Outcome<SourceOptions> Read(SourceDescription source, IReadOnlyDictionary<string, OptionValue> sent)
    {
        var values = new List<KeyValuePair<string, object>>();
        var errors = new Dictionary<string, string[]>();
        foreach (var option in source.Options)
        {
            if (sent.TryGetValue(option.Name, out var raw))
            {
                if (Parse(option, raw) is { } value)
                    values.Add(new(option.Name, value));
                else
                    errors[option.Name] = [$"'{option.Name}' must be {Requirement(option)}."];
            }
            else if (option.Required)
            {
                errors[option.Name] = [$"'{option.Name}' is missing: the source '{source.Name}' needs {Requirement(option)}."];
            }
            else if (option.Default is { } fallback)
            {
                values.Add(new(option.Name, fallback));
            }
        }
        foreach (var name in sent.Keys)
        {
            if (!source.Options.Any(option => option.Name == name))
                errors[Printable(name)] = [$"'{Printable(name)}' is not an option of the source '{source.Name}', which takes {Names(source)}."];
        }
        return errors.Count == 0 ? new SourceOptions([.. values]) : Refusal.Invalid(errors);
    }

    /// <summary>All values by name.</summary>
    public IReadOnlyList<KeyValuePair<string, object>> Values => _values;

    /// <summary>An integer option that was sent or has a default.</summary>
    public long Integer(string name) => (long)Get(name);

    /// <summary>An integer option; null if it was not sent and has no default.</summary>
    public long? OptionalInteger(string name) => (long?)Find(name);

    /// <summary>A number option that was sent or has a default.</summary>
    public double Number(string name) => (double)Get(name);

    /// <summary>A number option; null if it was not sent and has no default.</summary>
    public double? OptionalNumber(string name) => (double?)Find(name);

    /// <summary>A boolean option that was sent or has a default.</summary>
    public bool Boolean(string name) => (bool)Get(name);

    /// <summary>A boolean option; null if it was not sent and has no default.</summary>
    public bool? OptionalBoolean(string name) => (bool?)Find(name);

    /// <summary>A text option that was sent or has a default.</summary>
    public string Text(string name) => (string)Get(name);

    /// <summary>A text option; null if it was not sent and has no default.</summary>
    public string? OptionalText(string name) => (string?)Find(name);

    /// <summary>The value of an option; null if it was not sent and has no default.</summary>
    public object? Find(string name) => Array.Find(_values, option => option.Key == name).Value;

    private object Get(string name) => Find(name) ?? throw new KeyNotFoundException($"The option '{name}' has no value.");

    private static object? Parse(SourceOption option, OptionValue raw) => option.Type switch
    {
        OptionType.Integer when raw.Form is OptionForm.Query or OptionForm.Number =>
            long.TryParse(raw.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && !HasNul(raw.Text) && number >= option.Minimum && number <= option.Maximum ? number : null,
        OptionType.Text when raw.Form is OptionForm.Query or OptionForm.String =>
            raw.Text.Length > 0 && raw.Text.Length <= option.MaxLength ? raw.Text : null,
        OptionType.Number when raw.Form is OptionForm.Query or OptionForm.Number =>
            double.TryParse(raw.Text, NumberStyles.Float & ~(NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite), CultureInfo.InvariantCulture, out var number)
            && !HasNul(raw.Text) && double.IsFinite(number) && number >= option.Minimum && number <= option.Maximum ? number : null,
        OptionType.Boolean when raw.Form is OptionForm.Query or OptionForm.Boolean =>
            raw.Text switch { "true" => true, "false" => false, _ => null },
        _ => null,
    };

    /// <summary>The number parsers ignore trailing NULs.</summary>
    private static bool HasNul(string text) => text.Contains('\0', StringComparison.Ordinal);

    private static string Requirement(SourceOption option) => option.Type switch
    {
        OptionType.Integer => string.Create(CultureInfo.InvariantCulture, $"a whole number from {option.Minimum} to {option.Maximum}"),
        OptionType.Number when option is { Minimum: long.MinValue, Maximum: long.MaxValue } => "a number",
        OptionType.Number => string.Create(CultureInfo.InvariantCulture, $"a number from {option.Minimum} to {option.Maximum}"),
        OptionType.Boolean => "true or false",
        _ => string.Create(CultureInfo.InvariantCulture, $"text of 1 to {option.MaxLength} characters"),
    };

    private static string Names(SourceDescription source) =>
        source.Options.Count == 0 ? "none" : string.Join(", ", source.Options.Select(option => $"'{option.Name}'"));

    /// <summary>A short form of a client's name with safe characters only, for the response.</summary>
    private static string Printable(string name) =>
        string.Concat(name.Take(40).Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '?'));
}
