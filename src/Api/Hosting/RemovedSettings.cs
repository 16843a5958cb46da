using Microsoft.Extensions.Options;

namespace SseStreaming.Api.Hosting;

/// <summary>Settings of earlier versions. One that is still configured stops the start, because ignoring it would change what the server does.</summary>
internal static class RemovedSettings
{
    /// <summary>
    /// A setting or a section that was removed or renamed, and the sentence that says what to use instead. To remove a setting, add a
    /// line here (without the prefix that the message has already) and one to "Changed settings" in CHANGELOG.md.
    /// </summary>
    private static readonly (string Key, string Instead)[] All =
    [
        ("Limits:Fields", "Remove it: a request may have 64 fields."),
        ("Limits:JsonDepth", "Remove it: a JSON body may have 8 levels."),
        ("Limits:StartCounts", "Remove it: the starts of clients are counted in 65,536 buckets."),
    ];

    /// <exception cref="OptionsValidationException">The configuration has settings that were removed.</exception>
    public static void Validate(IConfiguration configuration)
    {
        var errors = All.Where(setting => configuration.GetSection(setting.Key).Exists())
            .Select(setting => $"{setting.Key} is no longer a setting. {setting.Instead}").ToList();
        if (errors.Count > 0)
            throw new OptionsValidationException(nameof(RemovedSettings), typeof(RemovedSettings), errors);
    }
}
