using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using SseStreaming.Application.Sources;

namespace SseStreaming.Infrastructure.Generators.Chat;

/// <summary>Adds the clients of language models as sources (docs/sources.md).</summary>
public static class ChatSourceExtensions
{
    /// <summary>
    /// Adds a source whose text is the answer of a chat client, with the settings below <c>Sources:&lt;name&gt;</c>. The client is created
    /// once, and disposed when the server stops.
    /// </summary>
    public static IServiceCollection AddChatSource(this IServiceCollection services, string name, Func<IServiceProvider, IChatClient> createClient) =>
        services.AddTextSource(name, (provider, settings) =>
            ActivatorUtilities.CreateInstance<ChatGenerator>(provider, settings.Name, NamedSources.Read<ChatSourceOptions>(settings), createClient(provider)));
}
