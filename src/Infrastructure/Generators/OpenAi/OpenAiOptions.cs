using System.ComponentModel.DataAnnotations;
using SseStreaming.Infrastructure.Generators.Models;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>Section <c>Sources:OpenAi:&lt;name&gt;</c>: one model of an OpenAI-compatible server.</summary>
internal sealed class OpenAiOptions : ModelServerOptions
{
    public const string Section = "Sources:OpenAi";

    /// <summary>The request field for <see cref="ModelOptions.MaxOutputTokens"/>: many servers know only the older <c>max_tokens</c>.</summary>
    [AllowedValues("max_completion_tokens", "max_tokens", ErrorMessage = "must be max_completion_tokens or max_tokens")]
    public string MaxOutputTokensField { get; set; } = "max_completion_tokens";

    /// <summary>Requests the usage; false for a server that refuses the field <c>stream_options</c>.</summary>
    public bool IncludeUsage { get; set; } = true;

    /// <summary>How the server continues a text that broke off, on another node or after a fault; by default such a text ends as failed.</summary>
    [EnumDataType(typeof(ContinueMethod), ErrorMessage = "must be None or Assistant or Prefix or ContinueFinalMessage")]
    public ContinueMethod Continue { get; set; }
}
