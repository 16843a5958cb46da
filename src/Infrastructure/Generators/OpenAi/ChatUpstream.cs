using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Chat;
using SseStreaming.Infrastructure.Generators.Models;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>
/// Sends requests to the server of a model through the official client: its authentication, its pipeline, its transport. Retries and
/// timeouts are not the client's, because it does not know whether there was a segment yet; nor does it read the stream
/// (docs/decisions/0008-reading-the-models-stream.md).
/// </summary>
internal sealed class ChatUpstream : IDisposable
{
    private readonly HttpClient _http;
    private readonly ChatClient _client;

    public ChatUpstream(OpenAiOptions options)
    {
        _http = new HttpClient(ModelHttp.CreateHandler(options.ConnectTimeout)) { Timeout = Timeout.InfiniteTimeSpan };
        var clientOptions = new OpenAIClientOptions
        {
            Endpoint = new Uri(options.Endpoint!),
            Transport = new HttpClientPipelineTransport(_http),
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
            // The client would log the addresses and headers of requests.
            ClientLoggingOptions = new ClientLoggingOptions { EnableLogging = false },
        };
        if (options.Key is null)
            clientOptions.AddPolicy(new WithoutKey(), PipelinePosition.BeforeTransport);
        _client = new ChatClient(options.Model, new ApiKeyCredential(options.Key ?? "none"), clientOptions);
    }

    /// <summary>The path that requests are sent to, for the log.</summary>
    public static string PathOf(OpenAiOptions options) => new Uri(options.Endpoint!).AbsolutePath.TrimEnd('/') + "/chat/completions";

    /// <summary>Sends a request. Returns when the headers of the answer are there, with any status; the body is read from the connection.</summary>
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

    /// <summary>The client can't be created without a key, but a server that needs none should not get one.</summary>
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
