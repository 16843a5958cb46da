using System.Globalization;

namespace SseStreaming.Application.Sources;

/// <summary>One option of a source: its name in a query or a JSON body, and its allowed values.</summary>
public sealed record SourceOption(string Name, OptionType Type, string Description)
{
    /// <summary>True if each request has to set it.</summary>
    public bool Required { get; init; }

    /// <summary>Used when a request does not set the option: a <see cref="long"/>, a <see cref="double"/>, a <see cref="bool"/>, a <see cref="string"/>, or null.</summary>
    /// <exception cref="ArgumentException">The value does not have the option's type.</exception>
    public object? Default
    {
        get;
        init => field = (Type, value) switch
        {
            (_, null) => null,
            (OptionType.Integer, int number) => (long)number,
            (OptionType.Number, int or long) => Convert.ToDouble(value, CultureInfo.InvariantCulture),
            (OptionType.Integer, long) or (OptionType.Number, double) or (OptionType.Boolean, bool) or (OptionType.Text, string) => value,
            _ => throw new ArgumentException($"The default of the option '{Name}' is a {value.GetType().Name}, but the option is of the type {Type}."),
        };
    }

    /// <summary>Smallest allowed number.</summary>
    public long Minimum { get; init; } = long.MinValue;

    /// <summary>Largest allowed number.</summary>
    public long Maximum { get; init; } = long.MaxValue;

    /// <summary>Maximum length of a string in UTF-16 code units.</summary>
    public int MaxLength { get; init; } = 1024;
}
