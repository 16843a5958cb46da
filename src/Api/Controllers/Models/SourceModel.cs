using System.Text.Json.Nodes;
using SseStreaming.Api.OpenApi;
using SseStreaming.Application.Sources;

namespace SseStreaming.Api.Controllers.Models;

/// <summary>One source.</summary>
/// <param name="Name">What a request says in <c>source</c>.</param>
/// <param name="Description">What it is, in a sentence.</param>
/// <param name="Default">True for the source of a request that names none.</param>
/// <param name="TakesPrompt">True if it does something with <c>prompt</c>, and needs it.</param>
/// <param name="TakesMessages">True if a POST may send a conversation as <c>messages</c> instead of <c>prompt</c>.</param>
/// <param name="Shared">True if everyone who asks for the same joins one stream.</param>
/// <param name="Options">JSON Schema of its options, which a request sends beside <c>prompt</c> and <c>source</c>.</param>
internal sealed record SourceModel(
    string Name, string Description, bool Default, bool TakesPrompt, bool TakesMessages, bool Shared, JsonObject Options)
{
    internal static SourceModel From(SourceDescription source, string defaultSource) => new(
        source.Name, source.Description, source.Name == defaultSource, source.Prompt is not PromptUse.Ignored,
        source.TakesMessages, source.IsShared, OptionSchema.Create(source.Options));
}
