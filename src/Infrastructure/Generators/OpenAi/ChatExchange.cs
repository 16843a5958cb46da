using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net.ServerSentEvents;
using SseStreaming.Application.Generations;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>
/// One try: a request, and its answer read to the end. Disposing it closes the connection unless the answer was at its end, so
/// that nothing goes on being generated, and paid for, that nobody reads.
/// </summary>
internal sealed class ChatExchange(
    ChatUpstream upstream, BinaryData body, OpenAiOptions options, ModelMetrics metrics, TimeProvider time, CancellationToken stop) : IAsyncDisposable
{
    /// <summary>Far above the frame of any real server; a frame of a few tokens has some hundred bytes.</summary>
    private const int LargestFrame = 1024 * 1024;

    /// <summary>How long the usage and the end marker may take when all of the text is there.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(5);

    private readonly SilenceTimer _silence = new(time, stop);
    private ModelCall? _call;
    private PipelineResponse? _response;
    private FrameBound? _stream;
    private IAsyncEnumerator<SseItem<ChatFrame>>? _frames;
    private GenerationUsage? _usage;
    private string? _finish;
    private bool _hasWord;

    /// <summary>The next piece of text, the end, or what went wrong; nothing comes after the last two.</summary>
    /// <exception cref="OperationCanceledException">The generation was stopped.</exception>
    public async ValueTask<ChatStep> NextAsync()
    {
        _call ??= new ModelCall(options, metrics, time);
        var step = await StepAsync();
        _call.Gave(step);
        return step;
    }

    private async ValueTask<ChatStep> StepAsync()
    {
        _silence.Start(_finish is not null ? EndPatience : _hasWord ? options.SegmentTimeout : options.FirstSegmentTimeout);
        try
        {
            if (_frames is null && await OpenAsync() is { } refused)
                return refused;
            return await ReadAsync(_frames!);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            // Whatever happens after the last word: the text is whole.
            return _finish is not null && exception is not InvalidDataException ? End() : FaultOf(exception);
        }
        finally
        {
            _silence.Stop();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _call?.Dispose();
        if (_frames is not null)
            await _frames.DisposeAsync();
        if (_stream is not null)
            await _stream.DisposeAsync();
        _response?.Dispose();
        _silence.Dispose();
    }

    private async ValueTask<UpstreamFault?> OpenAsync()
    {
        _response = await upstream.SendAsync(body, _silence.Token);
        if (_response.Status is < 200 or > 299)
            return UpstreamFault.OfStatus(_response.Status, RetryAfter.Of(_response.Headers, time));
        // A page of some proxy, or an answer in one piece.
        if (_response.Headers.TryGetValue("Content-Type", out var type) && type?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) != true)
            return UpstreamFault.Garbled("content type");
        _stream = new FrameBound(_response.ContentStream ?? Stream.Null, LargestFrame);
        _frames = SseParser.Create(_stream, ChatFrame.Parse).EnumerateAsync(_silence.Token).GetAsyncEnumerator(_silence.Token);
        return null;
    }

    private async ValueTask<ChatStep> ReadAsync(IAsyncEnumerator<SseItem<ChatFrame>> frames)
    {
        while (await frames.MoveNextAsync())
        {
            _stream!.Reset();
            var frame = frames.Current.Data;
            if (frame.Kind is not ChatFrameKind.Update)
                return frame.Kind switch
                {
                    ChatFrameKind.Done => End(),
                    ChatFrameKind.Error => UpstreamFault.ErrorObject,
                    _ => UpstreamFault.Garbled("frame"),
                };

            _usage = frame.Usage ?? _usage;
            _finish = frame.FinishReason ?? _finish;
            _hasWord |= frame.HasReasoning || frame.Text.Length > 0;
            if (frame.Text.Length > 0)
                return new ChatStep(frame.Text);
            if (_finish is not null)
                _silence.Start(EndPatience);
            else if (frame.HasReasoning)
                _silence.Start(options.SegmentTimeout);
        }
        // Without the marker the end may be a loss; but a finish reason says as much as the marker.
        return _finish is not null ? End() : UpstreamFault.CutOff("no end marker");
    }

    private ChatStep End() => new(new GenerationFinish(_finish ?? FinishWord.Unknown) { Usage = _usage });

    private UpstreamFault FaultOf(Exception exception) => exception switch
    {
        OperationCanceledException when _silence.IsOver =>
            _hasWord ? UpstreamFault.SegmentTimeout(options.SegmentTimeout) : UpstreamFault.FirstSegmentTimeout(options.FirstSegmentTimeout),
        // Of all that is cancelled here, the handler itself cancels only a connection that takes too long.
        OperationCanceledException => UpstreamFault.ConnectTimeout(options.ConnectTimeout),
        ClientResultException { InnerException: { } inner } => FaultOf(inner),
        InvalidDataException => UpstreamFault.Garbled("frame size"),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError } => UpstreamFault.Unreachable(exception),
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded } =>
            UpstreamFault.Garbled(UpstreamFault.NameOf(exception)),
        HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse } => UpstreamFault.Garbled(nameof(HttpRequestError.InvalidResponse)),
        _ => UpstreamFault.CutOff(UpstreamFault.NameOf(exception)),
    };
}
