using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace SseStreaming.Infrastructure.Common;

/// <summary>
/// Finds the errors that the configuration binder ignores, or reports together with the value, which may be a secret: unknown
/// settings, and values that don't have the setting's type. Each error is a sentence that begins with the setting's path.
/// </summary>
internal static class ConfigurationErrors
{
    /// <summary>Stops the start of the server if there are errors.</summary>
    /// <exception cref="OptionsValidationException">There are errors; they are its failures.</exception>
    public static void ThrowIfAny<TOptions>(string section, IReadOnlyCollection<string> errors)
    {
        if (errors.Count > 0)
            throw new OptionsValidationException(section, typeof(TOptions), errors);
    }

    /// <summary>Errors of a section that is bound to an object.</summary>
    /// <param name="section">The section to check.</param>
    /// <param name="type">The type of the object.</param>
    /// <param name="removed">Settings of earlier versions, each with what to use instead.</param>
    public static IEnumerable<string> FindErrors(IConfigurationSection section, Type type, IReadOnlyDictionary<string, string>? removed = null) =>
        section.GetChildren().SelectMany(child =>
            GetSettings(type).FirstOrDefault(property => IsNamed(child, property.Name)) is { } setting ? FindValueErrors(child, setting.PropertyType)
            : removed?.FirstOrDefault(entry => IsNamed(child, entry.Key)).Value is { } instead ? [$"{child.Path} is no longer a setting: {instead}."]
            : [DescribeUnknown(section, child, GetSettings(type).Select(property => property.Name))]);

    /// <summary>Errors of a section that may only have certain subsections or settings, whose content is not checked.</summary>
    public static IEnumerable<string> FindUnknownSettings(IConfigurationSection section, IReadOnlyCollection<string> known) =>
        section.GetChildren().Where(child => !known.Any(name => IsNamed(child, name))).Select(child => DescribeUnknown(section, child, known));

    /// <summary>An error if a section has a value of its own.</summary>
    public static IEnumerable<string> FindSectionErrors(IConfigurationSection section) =>
        string.IsNullOrEmpty(section.Value) ? [] : [$"{section.Path} is a section and can't have a value."];

    private static IEnumerable<string> FindValueErrors(IConfigurationSection setting, Type type) =>
        GetEntryType(type) is { } entries
            ? [.. FindSectionErrors(setting), .. setting.GetChildren().SelectMany(entry => FindSectionErrors(entry).Concat(FindErrors(entry, entries)))]
        : CanBind(setting, type) ? []
        : [$"{setting.Path} must be {DescribeValues(Nullable.GetUnderlyingType(type) ?? type)}."];

    private static PropertyInfo[] GetSettings(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance);

    private static Type? GetEntryType(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>) ? type.GetGenericArguments()[1] : null;

    private static bool CanBind(IConfigurationSection setting, Type type)
    {
        try
        {
            setting.Get(type);
            return !setting.GetChildren().Any();
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string DescribeValues(Type type) =>
        type.IsEnum ? string.Join(" or ", Enum.GetNames(type))
        : type == typeof(bool) ? "true or false"
        : type == typeof(TimeSpan) ? "a time such as 00:00:30"
        : type == typeof(int) ? string.Create(CultureInfo.InvariantCulture, $"a whole number of at most {int.MaxValue}")
        : type == typeof(long) ? "a whole number"
        : type == typeof(double) ? "a number"
        : "a single value";

    private static string DescribeUnknown(IConfigurationSection section, IConfigurationSection child, IEnumerable<string> known) =>
        $"{child.Path} is not a setting; {section.Path} has {string.Join(", ", known)}.";

    private static bool IsNamed(IConfigurationSection section, string name) => section.Key.Equals(name, StringComparison.OrdinalIgnoreCase);
}
