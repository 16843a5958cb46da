using Anthropic;
using Anthropic.Core;
using Microsoft.Extensions.AI;
using SseStreaming.Infrastructure.Generators.Models;

namespace SseStreaming.Infrastructure.Generators.Chat;

/// <summary>The official client of Anthropic with its connections. Retries and timeouts are the generator's.</summary>
internal sealed class AnthropicChatClient : DelegatingChatClient
{
    private readonly HttpClient _http;

    private AnthropicChatClient(IChatClient client, HttpClient http)
        : base(client) => _http = http;

    public static AnthropicChatClient Create(AnthropicOptions options, TimeProvider time)
    {
        var http = new HttpClient(new StatusHandler(ModelHttp.CreateHandler(options.ConnectTimeout), time)) { Timeout = Timeout.InfiniteTimeSpan };
        var client = new AnthropicClient(new ClientOptions
        {
            HttpClient = http,
            BaseUrl = options.Endpoint!,
            ApiKey = options.Key,
            // By default the client takes a token from the environment.
            AuthToken = null,
            MaxRetries = 0,
            // The client sends it in a header, and an infinite one as a negative number.
            Timeout = TimeSpan.FromDays(1),
        });
        return new AnthropicChatClient(client.AsIChatClient(options.Model!, options.MaxOutputTokens), http);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
            _http.Dispose();
    }
}
