using System.ComponentModel.DataAnnotations;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>Section <c>Sources:OpenAi:&lt;name&gt;</c>: one model of an OpenAI-compatible server.</summary>
internal sealed class OpenAiOptions : INamedSourceOptions
{
    public const string Section = "Sources:OpenAi";

    private const string FirstTimeout = "00:00:00.010";
    private const string LastTimeout = "01:00:00";
    private const string TimeoutFault = "must be a time from {1} to {2}";

    /// <summary>The API's base, as in <c>https://api.openai.com/v1</c>.</summary>
    [Required(ErrorMessage = "is missing")]
    public string? Endpoint { get; set; }

    /// <summary>The key; none for a server that wants none.</summary>
    public string? ApiKey { get; set; }

    /// <summary>A file that holds nothing but the key, instead of <see cref="ApiKey"/>.</summary>
    public string? ApiKeyFile { get; set; }

    [Required(ErrorMessage = "is missing")]
    public string? Model { get; set; }

    /// <summary>What <c>GET /sources</c> says of it.</summary>
    public string? Description { get; set; }

    /// <summary>Comes before whatever a request says.</summary>
    public string? SystemPrompt { get; set; }

    [Range(0.0, 2.0, ErrorMessage = "must be a number from {1} to {2}")]
    public double? Temperature { get; set; }

    /// <summary>Bound of the output in the model's tokens; a text cut there finishes with <c>length</c>.</summary>
    [Range(1, 10_000_000, ErrorMessage = "must be a whole number from {1} to {2}")]
    public int? MaxOutputTokens { get; set; }

    /// <summary>The field that <see cref="MaxOutputTokens"/> is sent in: servers older than OpenAI's present one know <c>max_tokens</c> only.</summary>
    [AllowedValues("max_completion_tokens", "max_tokens", ErrorMessage = "must be max_completion_tokens or max_tokens")]
    public string MaxOutputTokensField { get; set; } = "max_completion_tokens";

    /// <summary>Asks for the usage; to be turned off for a server that refuses the field <c>stream_options</c>.</summary>
    public bool IncludeUsage { get; set; } = true;

    /// <summary>How long a connection may take to come about.</summary>
    [Range(typeof(TimeSpan), FirstTimeout, LastTimeout, ErrorMessage = TimeoutFault)]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the first word may take, from sending the request: a local model may have to be loaded.</summary>
    [Range(typeof(TimeSpan), FirstTimeout, LastTimeout, ErrorMessage = TimeoutFault)]
    public TimeSpan FirstSegmentTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long each further word may take. What a model thinks aloud counts as words, though it is not shown.</summary>
    [Range(typeof(TimeSpan), FirstTimeout, LastTimeout, ErrorMessage = TimeoutFault)]
    public TimeSpan SegmentTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Further tries when there was no segment yet.</summary>
    [Range(0, 10, ErrorMessage = "must be a whole number from {1} to {2}")]
    public int Retries { get; set; } = 2;

    /// <summary>Wait before the first retry; it doubles with each.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00", ErrorMessage = TimeoutFault)]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait before a retry. A server that asks for a longer one is not tried again.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00", ErrorMessage = TimeoutFault)]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(10);

    public IEnumerable<(string Setting, string Fault)> Validate()
    {
        if (!string.IsNullOrWhiteSpace(Endpoint) && EndpointFault(Endpoint) is { } fault)
            yield return (nameof(Endpoint), fault);
        if (!string.IsNullOrEmpty(ApiKey) && !string.IsNullOrEmpty(ApiKeyFile))
            yield return (nameof(ApiKeyFile), "is set, and ApiKey, too: one of them is enough");
        else if (!string.IsNullOrEmpty(ApiKeyFile) && ReadKeyFile() is null)
            yield return (nameof(ApiKeyFile), "names a file that can't be read, or has no key in it");
        if (Key is { } key && key.Any(c => c is < '!' or > '~'))
            yield return (string.IsNullOrEmpty(ApiKey) ? nameof(ApiKeyFile) : nameof(ApiKey), "is no key: it has characters that no header can carry");
    }

    /// <summary>The key, wherever it comes from; null if there is none.</summary>
    internal string? Key => !string.IsNullOrEmpty(ApiKey) ? ApiKey.Trim() : !string.IsNullOrEmpty(ApiKeyFile) ? ReadKeyFile() : null;

    private static string? EndpointFault(string endpoint) =>
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
