using Microsoft.Extensions.Configuration;

namespace SseStreaming.Infrastructure.Common;

/// <summary>
/// What the binder of configurations passes over in silence, or tells with the value, which may be a secret: settings that there
/// are not, and values that don't fit. In a dictionary it leaves out whatever does not fit.
/// </summary>
internal static class ConfigurationErrors
{
    /// <summary>The faults of a section, in sentences that name the setting.</summary>
    public static IEnumerable<string> FindErrors(IConfigurationSection section, Type type) => section.GetChildren().SelectMany(child =>
        type.GetProperties().FirstOrDefault(property => property.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase)) is { } property
            ? FindValueErrors(child, property.PropertyType)
            : [$"{child.Path} is no setting of such a source."]);

    /// <summary>That a section has a value, if it has.</summary>
    public static IEnumerable<string> FindSectionErrors(IConfigurationSection section) =>
        string.IsNullOrEmpty(section.Value) ? [] : [$"{section.Path} holds sections, and is no value itself."];

    private static IEnumerable<string> FindValueErrors(IConfigurationSection setting, Type type) =>
        GetEntryType(type) is { } entries
            ? [.. FindSectionErrors(setting), .. setting.GetChildren().SelectMany(entry => FindSectionErrors(entry).Concat(FindErrors(entry, entries)))]
        : Fits(setting, type) ? []
        : [$"{setting.Path} can't be read as what it should be."];

    private static Type? GetEntryType(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>) ? type.GetGenericArguments()[1] : null;

    private static bool Fits(IConfigurationSection setting, Type type)
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
}
