using System.Text.Json.Nodes;
using SseStreaming.Application.Sources;
using SseStreaming.AspNetCore.OpenApi;

namespace SseStreaming.AspNetCore.Controllers.Models;

/// <summary>A source that can generate text.</summary>
/// <param name="Name">Value of the field `source` in a request.</param>
/// <param name="Description">What the source generates, in a sentence.</param>
/// <param name="Default">True if requests that name no source use this one.</param>
/// <param name="TakesPrompt">True if the source needs a `prompt`; others ignore it.</param>
/// <param name="TakesMessages">True if a POST may send a conversation as `messages` instead of `prompt`.</param>
/// <param name="Shared">True if requests with the same options share one stream.</param>
/// <param name="Options">JSON Schema of the options, which a request sends beside `prompt` and `source`.</param>
internal sealed record SourceModel(
    string Name, string Description, bool Default, bool TakesPrompt, bool TakesMessages, bool Shared, JsonObject Options)
{
    internal static SourceModel From(SourceDescription source, string defaultSource) => new(
        source.Name, source.Description, source.Name == defaultSource, source.Prompt is not PromptUse.Ignored,
        source.TakesMessages, source.IsShared, OptionSchema.Create(source.Options));
}
