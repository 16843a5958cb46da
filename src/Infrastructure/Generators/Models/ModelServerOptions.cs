using System.ComponentModel.DataAnnotations;

namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>The settings of a model whose server the configuration names.</summary>
internal abstract class ModelServerOptions : ModelOptions
{
    /// <summary>The API's base, as in <c>https://api.openai.com/v1</c>.</summary>
    [Required(ErrorMessage = "is missing")]
    public string? Endpoint { get; set; }

    /// <summary>The key; empty for a server that needs none.</summary>
    public string? ApiKey { get; set; }

    /// <summary>A file that contains only the key, instead of <see cref="ApiKey"/>.</summary>
    public string? ApiKeyFile { get; set; }

    [Required(ErrorMessage = "is missing")]
    public string? Model { get; set; }

    /// <summary>How long it may take to connect.</summary>
    [Range(typeof(TimeSpan), FirstTimeout, LastTimeout, ErrorMessage = TimeoutFault)]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    public override IEnumerable<(string Setting, string Fault)> Validate()
    {
        if (!string.IsNullOrWhiteSpace(Endpoint) && ValidateEndpoint(Endpoint) is { } fault)
            yield return (nameof(Endpoint), fault);
        if (!string.IsNullOrEmpty(ApiKey) && !string.IsNullOrEmpty(ApiKeyFile))
            yield return (nameof(ApiKeyFile), "is set, and ApiKey, too: one of them is enough");
        else if (!string.IsNullOrEmpty(ApiKeyFile) && ReadKeyFile() is null)
            yield return (nameof(ApiKeyFile), "names a file that can't be read, or has no key in it");
        if (Key is { } key && key.Any(c => c is < '!' or > '~'))
            yield return (string.IsNullOrEmpty(ApiKey) ? nameof(ApiKeyFile) : nameof(ApiKey), "is no key: it has characters that no header can carry");
    }

    /// <summary>The key, from the setting or the file; null if there is none.</summary>
    internal string? Key => !string.IsNullOrEmpty(ApiKey) ? ApiKey.Trim() : !string.IsNullOrEmpty(ApiKeyFile) ? ReadKeyFile() : null;

    private static string? ValidateEndpoint(string endpoint) =>
        !Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")
            ? "must be an http or https address, as in https://api.openai.com/v1"
        : uri.UserInfo.Length > 0 ? "must not hold a user or password: there is ApiKey for that"
        : uri.Query.Length > 0 || uri.Fragment.Length > 0 ? "must not have a query or a fragment"
        : null;

    private string? ReadKeyFile()
    {
        try
        {
            return File.ReadAllText(ApiKeyFile!).Trim() is { Length: > 0 } key ? key : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
