using SseStreaming.Infrastructure.Generators.Models;

namespace SseStreaming.Infrastructure.Generators.Chat;

/// <summary>Section <c>Sources:&lt;name&gt;</c> of a source that is a chat client.</summary>
internal sealed class ChatSourceOptions : ModelOptions
{
    public const string Section = "Sources";
}
