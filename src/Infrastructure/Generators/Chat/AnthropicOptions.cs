using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Models;

namespace SseStreaming.Infrastructure.Generators.Chat;

/// <summary>Section <c>Sources:Anthropic:&lt;name&gt;</c>: one model of Anthropic.</summary>
internal sealed class AnthropicOptions : ModelServerOptions
{
    public const string Section = "Sources:Anthropic";

    public AnthropicOptions()
    {
        Endpoint = "https://api.anthropic.com";
        // The API refuses a request without a limit.
        MaxOutputTokens = 8192;
    }

    public override IEnumerable<(string Setting, string Fault)> Validate() =>
        Key is null && string.IsNullOrEmpty(ApiKeyFile) ? [(nameof(ApiKey), "is missing"), .. base.Validate()] : base.Validate();

    /// <summary>The API knows no others.</summary>
    public override IReadOnlyList<SourceOption> GetRequestOptions() =>
        [.. SamplingOptions.All.Where(option => option.Name is SamplingOptions.Temperature or SamplingOptions.TopP or SamplingOptions.Stop or SamplingOptions.MaxTokens)];
}
