using System.Text.RegularExpressions;
using SseStreaming.Application.Sources;

namespace SseStreaming.Infrastructure.Generators.Query;

/// <summary>One parameter of a statement that a request may set. It is bound, never put into the text of the statement.</summary>
internal sealed partial class QueryParameterOptions
{
    private const int LongestText = 1_000_000;

    /// <summary>Names that mean something else in a request or in the statement.</summary>
    private static readonly string[] Reserved = ["after", "prompt", "source", "messages", "onDisconnect", "lastEventId"];

    public OptionType Type { get; set; } = OptionType.Text;

    public string? Description { get; set; }

    public bool Required { get; set; }

    /// <summary>For requests that don't set it; without one it is NULL then.</summary>
    public string? Default { get; set; }

    public long Minimum { get; set; } = long.MinValue;

    public long Maximum { get; set; } = long.MaxValue;

    public int MaxLength { get; set; } = 1024;

    internal SourceOption ToOption(string name) => new(name, Type, Description ?? $"The parameter '{name}' of the statement.")
    {
        Required = Required,
        Default = Default is null ? null : ParseValue(Default),
        Minimum = Minimum,
        Maximum = Maximum,
        MaxLength = MaxLength,
    };

    internal (string Setting, string Fault)? Validate(string name, bool isUsed) =>
        !Name().IsMatch(name) ? ("", "is no name of a parameter: a letter, then letters, digits and '_'")
        : Reserved.Contains(name, StringComparer.OrdinalIgnoreCase) ? ("", "has a name that means something else in a request")
        : !isUsed ? ("", "is not used by the statement")
        : Minimum > Maximum ? (":Minimum", "is above Maximum")
        : MaxLength is < 1 or > LongestText ? (":MaxLength", $"must be a whole number from 1 to {LongestText}")
        : Default is not null && Required ? (":Default", "is never used, as the parameter is required")
        : Default is not null && ParseValue(Default) is null ? (":Default", "is not what the parameter may be")
        : null;

    private object? ParseValue(string text)
    {
        var option = new SourceOption("value", Type, "") { Minimum = Minimum, Maximum = Maximum, MaxLength = MaxLength };
        var sent = new Dictionary<string, OptionValue> { ["value"] = new(text, OptionForm.Query) };
        return SourceOptions.Read(new SourceDescription("", "") { Options = [option] }, sent).Try(out var options, out _) ? options.Values["value"] : null;
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]{0,62}$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
