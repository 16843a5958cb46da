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

    /// <summary>The key; empty for a server that needs none.</summary>
    public string? ApiKey { get; set; }

    /// <summary>A file that contains only the key, instead of <see cref="ApiKey"/>.</summary>
    public string? ApiKeyFile { get; set; }

    [Required(ErrorMessage = "is missing")]
    public string? Model { get; set; }

    /// <summary>The description of the source in <c>GET /sources</c>.</summary>
    public string? Description { get; set; }

    /// <summary>Sent before the messages of each request.</summary>
    public string? SystemPrompt { get; set; }

    [Range(0.0, 2.0, ErrorMessage = "must be a number from {1} to {2}")]
    public double? Temperature { get; set; }

    /// <summary>Limit of the output in the model's tokens; a text that is cut there finishes with <c>length</c>.</summary>
    [Range(1, 10_000_000, ErrorMessage = "must be a whole number from {1} to {2}")]
    public int? MaxOutputTokens { get; set; }

    /// <summary>The request field for <see cref="MaxOutputTokens"/>: many servers know only the older <c>max_tokens</c>.</summary>
    [AllowedValues("max_completion_tokens", "max_tokens", ErrorMessage = "must be max_completion_tokens or max_tokens")]
    public string MaxOutputTokensField { get; set; } = "max_completion_tokens";

    /// <summary>Requests the usage; false for a server that refuses the field <c>stream_options</c>.</summary>
    public bool IncludeUsage { get; set; } = true;

    /// <summary>How long it may take to connect.</summary>
    [Range(typeof(TimeSpan), FirstTimeout, LastTimeout, ErrorMessage = TimeoutFault)]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the model may take to produce anything, from the request on: a local model may have to be loaded.</summary>
    [Range(typeof(TimeSpan), FirstTimeout, LastTimeout, ErrorMessage = TimeoutFault)]
    public TimeSpan FirstSegmentTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long the model may then be silent. Thinking and the arguments of tools count as output, though they are not shown.</summary>
    [Range(typeof(TimeSpan), FirstTimeout, LastTimeout, ErrorMessage = TimeoutFault)]
    public TimeSpan SegmentTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How the server continues a text that broke off, on another node or after a fault; by default such a text ends as failed.</summary>
    [EnumDataType(typeof(ContinueMethod), ErrorMessage = "must be None or Assistant or Prefix or ContinueFinalMessage")]
    public ContinueMethod Continue { get; set; }

    /// <summary>Further attempts of a generation: while there is no segment, or with <see cref="Continue"/> at any time.</summary>
    [Range(0, 10, ErrorMessage = "must be a whole number from {1} to {2}")]
    public int Retries { get; set; } = 2;

    /// <summary>Delay before the first retry; it doubles with each further one.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00", ErrorMessage = TimeoutFault)]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest delay before a retry. If the server asks for a longer one, there is no retry.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00", ErrorMessage = TimeoutFault)]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(10);

    public IEnumerable<(string Setting, string Fault)> Validate()
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
