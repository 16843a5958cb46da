using System.ClientModel;
using System.ClientModel.Primitives;
using SseStreaming.Application.Generations;
using SseStreaming.Infrastructure.Generators.Models;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <inheritdoc cref="IModelExchange"/>
internal sealed class ChatExchange(
    ChatUpstream upstream, BinaryData body, OpenAiOptions options, ModelTarget target, ModelMetrics metrics, TimeProvider time, CancellationToken stop)
    : IModelExchange
{
    /// <summary>A whole answer of 128k tokens has about 1.2 MB if each character is escaped; a frame of a stream, some hundred bytes.</summary>
    private const int MaxFrameBytes = 4 * 1024 * 1024;

    private readonly InactivityTimeout _timeout = new(time, stop);
    private ModelCall? _call;
    private PipelineResponse? _response;
    private Stream? _content;
    private FrameReader? _frames;
    private UpstreamFault? _fault;
    private FinishReason? _finish;
    private bool _hasText;
    private bool _hasOutput;
    private bool _isCompletion;
    private bool _hasUnknownFrames;
    private bool _isWholeMessage;

    /// <summary>True if the call continues a text, so that its answer may be empty.</summary>
    public bool ContinuesText { get; init; }

    public GenerationUsage? Usage { get; private set; }

    /// <summary>True if the text is whole, whatever follows.</summary>
    private bool IsFinished => _finish is not null || (_isWholeMessage && MayEnd);

    private bool MayEnd => _hasText || ContinuesText;

    public async ValueTask<ChatStep> NextAsync()
    {
        _call ??= new ModelCall(target, metrics, time);
        var step = await StepAsync();
        _call.Record(step);
        return step;
    }

    public async ValueTask DisposeAsync()
    {
        _call?.Dispose();
        if (_content is not null)
            await _content.DisposeAsync();
        _response?.Dispose();
        _timeout.Dispose();
    }

    private async ValueTask<ChatStep> StepAsync()
    {
        _timeout.Restart(_finish is not null ? InactivityTimeout.AfterFinish : _hasOutput ? options.SegmentTimeout : options.FirstSegmentTimeout);
        try
        {
            if (_fault is null && _frames is null)
                _fault = await OpenAsync();
            return _fault is { } fault ? fault : await ReadAsync(_frames!);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            return IsFinished ? End() : ToFault(exception is ClientResultException { InnerException: { } inner } ? inner : exception);
        }
        finally
        {
            _timeout.Stop();
        }
    }

    private async ValueTask<UpstreamFault?> OpenAsync()
    {
        _response = await upstream.SendAsync(body, _timeout.Token);
        if (_response.Status is < 200 or > 299)
            return UpstreamFault.FromStatus(_response.Status, RetryAfter.From(name => _response.Headers.TryGetValue(name, out var value) ? value : null, time));
        _response.Headers.TryGetValue("Content-Encoding", out var encoding);
        _content = await ContentDecoder.OpenAsync(_response.ContentStream ?? Stream.Null, encoding, _timeout.Token);
        _frames = new FrameReader(_content, MaxFrameBytes);
        return null;
    }

    private async ValueTask<ChatStep> ReadAsync(FrameReader frames)
    {
        while (await frames.ReadAsync(_timeout.Token) is { } data)
        {
            var frame = ChatFrameParser.Parse(data);
            if (frame.Kind is ChatFrameKind.Done)
                return _finish is not null || MayEnd ? End() : UpstreamFault.Empty;
            if (frame.Kind is ChatFrameKind.Update)
                Accept(frame, data);
            else if (_finish is null)
                _fault = ToFault(frame.Kind, frames);

            if (frame.Text.Length > 0 && (_fault is not null || frame.Kind is ChatFrameKind.Update))
            {
                _hasText = true;
                return new ChatStep(frame.Text);
            }
            if (_fault is { } fault)
                return fault;
        }
        return IsFinished ? End() : _isWholeMessage ? UpstreamFault.Empty : ToFault("no end marker");
    }

    private void Accept(ChatFrame frame, UpstreamFrame data)
    {
        var wasFinished = _finish is not null;
        Usage = frame.Usage ?? Usage;
        // A later frame may tell that a text is not as whole as it seemed. Nothing makes it whole again.
        if (_finish is null || _finish == FinishReason.Stop)
            _finish = frame.Finish ?? _finish;
        _hasOutput |= frame.HasOutput;
        _isCompletion |= frame.IsCompletion;
        _hasUnknownFrames |= !frame.IsCompletion;
        _isWholeMessage |= !data.IsEvent && frame is { IsMessage: true, IsCompletion: true };
        if (_finish is not null && !wasFinished)
            _timeout.Restart(InactivityTimeout.AfterFinish);
        else if (_finish is null && frame.HasOutput)
            _timeout.Restart(options.SegmentTimeout);
    }

    private ChatStep End() => new(new GenerationFinish((_finish ?? FinishReason.Unknown).Name) { Usage = Usage });

    private static UpstreamFault? ToFault(ChatFrameKind kind, FrameReader frames) => kind switch
    {
        ChatFrameKind.Error => UpstreamFault.ErrorObject,
        ChatFrameKind.Garbled => UpstreamFault.Garbled("frame"),
        // At the end of the body the next read tells what cut it.
        ChatFrameKind.Incomplete when !frames.HasEnded => UpstreamFault.Garbled("frame"),
        _ => null,
    };

    private UpstreamFault ToFault(Exception exception) => exception switch
    {
        OperationCanceledException when _timeout.HasElapsed =>
            _hasOutput ? UpstreamFault.SegmentTimeout(options.SegmentTimeout) : UpstreamFault.FirstSegmentTimeout(options.FirstSegmentTimeout),
        _ => UpstreamFault.FromException(exception, options.ConnectTimeout) ?? ToFault(UpstreamFault.NameOf(exception)),
    };

    /// <summary>The body ended early. An answer of which nothing could be read is not requested again: it may have been a whole one.</summary>
    private UpstreamFault ToFault(string cause) =>
        !_isCompletion && (_hasUnknownFrames || _frames?.HasUnknownLines is true) ? UpstreamFault.Garbled("format") : UpstreamFault.CutOff(cause);
}
