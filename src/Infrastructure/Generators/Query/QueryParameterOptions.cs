using System.Text.RegularExpressions;
using SseStreaming.Application.Sources;

namespace SseStreaming.Infrastructure.Generators.Query;

/// <summary>A parameter of a statement that a request may set. It is always bound and never becomes part of the statement's text.</summary>
internal sealed partial class QueryParameterOptions
{
    private const int MaxTextLength = 1_000_000;

    /// <summary>Names with another meaning in a request or in the statement.</summary>
    private static readonly string[] Reserved = ["after", "prompt", "source", "messages", "onDisconnect", "lastEventId", "thread"];

    public OptionType Type { get; set; } = OptionType.Text;

    public string? Description { get; set; }

    public bool Required { get; set; }

    /// <summary>The value for requests that don't set the parameter; without a default it is NULL.</summary>
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
        !Name().IsMatch(name) ? ("", "is not a valid name: a parameter's name is a letter, then letters, digits and '_'")
        : Reserved.Contains(name, StringComparer.OrdinalIgnoreCase) ? ("", "has a name with another meaning in a request")
        : !isUsed ? ("", "is not used by the statement")
        : Minimum > Maximum ? (":Minimum", "is greater than Maximum")
        : MaxLength is < 1 or > MaxTextLength ? (":MaxLength", $"must be a whole number from 1 to {MaxTextLength}")
        : Default is not null && Required ? (":Default", "has no effect because the parameter is required")
        : Default is not null && ParseValue(Default) is null ? (":Default", "is not a valid value of the parameter")
        : null;

    private object? ParseValue(string text)
    {
        var option = new SourceOption("value", Type, "") { Minimum = Minimum, Maximum = Maximum, MaxLength = MaxLength };
        var sent = new Dictionary<string, OptionValue> { ["value"] = new(text, OptionForm.Query) };
        return SourceOptions.Read(new SourceDescription("", "") { Options = [option] }, sent).Try(out var options, out _) ? options.Find("value") : null;
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]{0,62}$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
