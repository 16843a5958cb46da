using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Chat;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>
/// The server of a model, through the official client: its authentication, its pipeline, its way of sending a request. Retries and
/// time-outs are not left to it, for it does not know whether there was a segment yet; neither is the reading of the stream
/// (docs/decisions/0008-reading-the-models-stream.md).
/// </summary>
internal sealed class ChatUpstream : IDisposable
{
    private readonly HttpClient _http;
    private readonly ChatClient _client;

    public ChatUpstream(OpenAiOptions options)
    {
        _http = new HttpClient(HandlerFor(options)) { Timeout = Timeout.InfiniteTimeSpan };
        var clientOptions = new OpenAIClientOptions
        {
            Endpoint = new Uri(options.Endpoint!),
            Transport = new HttpClientPipelineTransport(_http),
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
            // It would log addresses and headers of requests.
            ClientLoggingOptions = new ClientLoggingOptions { EnableLogging = false },
        };
        if (options.Key is null)
            clientOptions.AddPolicy(new WithoutKey(), PipelinePosition.BeforeTransport);
        _client = new ChatClient(options.Model, new ApiKeyCredential(options.Key ?? "none"), clientOptions);
    }

    /// <summary>Sends a request. The answer comes with its headers, whatever its status; its body is read from the wire.</summary>
    /// <remarks>
    /// The client's own <c>Accept</c> stays: with <c>text/event-stream</c> in it, System.ClientModel 1.16 follows redirects, buffers
    /// each event without a bound, and sends the request again by itself when a stream with ids breaks off.
    /// </remarks>
    public async Task<PipelineResponse> SendAsync(BinaryData body, CancellationToken cancellationToken)
    {
        var options = new RequestOptions
        {
            BufferResponse = false,
            // The error of a failed status would quote the body of the answer.
            ErrorOptions = ClientErrorBehaviors.NoThrow,
            CancellationToken = cancellationToken,
        };
        using var content = BinaryContent.Create(body);
        return (await _client.CompleteChatAsync(content, options)).GetRawResponse();
    }

    public void Dispose() => _http.Dispose();

    private static SocketsHttpHandler HandlerFor(OpenAiOptions options) => new()
    {
        ConnectTimeout = options.ConnectTimeout,
        // A name may lead elsewhere after a while.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        // A response that nobody reads on is not read to its end in order to save the connection: that costs tokens. One whose
        // end has come already gives its connection back all the same.
        MaxResponseDrainSize = 0,
        // A redirect would take the key along to wherever it leads.
        AllowAutoRedirect = false,
        UseCookies = false,
    };

    /// <summary>The client can't be made without a key, but a server that wants none should not get one.</summary>
    private sealed class WithoutKey : PipelinePolicy
    {
        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            message.Request.Headers.Remove("Authorization");
            ProcessNext(message, pipeline, currentIndex);
        }

        public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            message.Request.Headers.Remove("Authorization");
            return ProcessNextAsync(message, pipeline, currentIndex);
        }
    }
}
