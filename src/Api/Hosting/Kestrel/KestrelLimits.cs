using System.Reflection;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace SseStreaming.Api.Hosting.Kestrel;

/// <summary>Section <c>Kestrel:Limits</c>, with Kestrel's own names and defaults. Kestrel itself reads only its endpoints from the configuration.</summary>
internal static class KestrelLimits
{
    public const string Section = "Kestrel:Limits";

    /// <summary>The limit that is a setting of this server, so that it has one name.</summary>
    private static readonly Dictionary<string, string> OtherNames = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(KestrelServerLimits.MaxRequestBodySize)] = "Limits:BodyBytes",
    };

    /// <exception cref="OptionsValidationException">A name or a value is not one that Kestrel accepts.</exception>
    public static void Apply(IConfiguration configuration, KestrelServerLimits limits)
    {
        var errors = new List<string>();
        Apply(configuration.GetSection(Section), limits, errors);
        if (errors.Count > 0)
            throw new OptionsValidationException(Section, typeof(KestrelServerLimits), errors);
    }

    private static void Apply(IConfigurationSection section, object limits, List<string> errors)
    {
        foreach (var setting in section.GetChildren())
        {
            var property = limits.GetType().GetProperty(setting.Key, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);
            if (property is null)
                errors.Add($"{setting.Path} is not a limit of Kestrel.");
            else if (OtherNames.TryGetValue(setting.Key, out var name))
                errors.Add($"{setting.Path} has no effect: use {name} instead.");
            else if (!property.CanWrite)
                Apply(setting, property.GetValue(limits)!, errors);
            else if (!TrySet(setting, property, limits))
                errors.Add($"{setting.Path} has a value that Kestrel does not accept.");
        }
    }

    /// <summary>An empty value means no limit where Kestrel allows that.</summary>
    private static bool TrySet(IConfigurationSection setting, PropertyInfo property, object limits)
    {
        try
        {
            property.SetValue(limits, setting.Get(property.PropertyType));
            return true;
        }
        catch (Exception exception) when (exception is InvalidOperationException or TargetInvocationException { InnerException: ArgumentException })
        {
            return false;
        }
    }
}
