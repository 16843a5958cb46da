using System.Text;
using Microsoft.Extensions.AI;
using SseStreaming.Application.Generations;
using SseStreaming.Infrastructure.Generators.Models;

namespace SseStreaming.Infrastructure.Generators.Chat;

/// <summary>One call of a chat client. A stream of updates that ends without a finish reason was cut off, although the client throws nothing.</summary>
internal sealed class ChatClientExchange(
    IChatClient client, IReadOnlyList<ChatMessage> messages, ChatOptions chatOptions, ModelOptions options, ModelTarget target, ModelMetrics metrics, TimeProvider time, CancellationToken stop)
    : IModelExchange
{
    private readonly InactivityTimeout _timeout = new(time, stop);
    private readonly UsageDetails _usage = new();
    private ModelCall? _call;
    private IAsyncEnumerator<ChatResponseUpdate>? _updates;
    private Task? _move;
    private UpstreamFault? _fault;
    private FinishReason? _finish;
    private bool _hasOutput;

    /// <summary>The sum, because a client that calls functions calls the model more than once.</summary>
    public GenerationUsage? Usage
    {
        get
        {
            var (input, output) = (_usage.InputTokenCount ?? 0, _usage.OutputTokenCount ?? 0);
            var total = Math.Max(_usage.TotalTokenCount ?? 0, input + output);
            return total > 0 ? new GenerationUsage(input, output, total) : null;
        }
    }

    /// <summary>True if the text is whole, whatever follows. After a call of a function, the client may call the model again.</summary>
    private bool IsFinished => _finish is { } finish && finish != FinishReason.ToolCalls;

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
        // A client may ignore its token, and its updates can't be disposed while they are read. Nor can the token: the client would not see its cancellation.
        if (_move is { IsCompleted: false } move)
            _ = DisposeAfterAsync(move);
        else
            await DisposeUpdatesAsync();
    }

    private async ValueTask<ChatStep> StepAsync()
    {
        if (_fault is { } known)
            return known;
        RestartTimeout();
        try
        {
            _updates ??= client.GetStreamingResponseAsync(messages, chatOptions, _timeout.Token).GetAsyncEnumerator(_timeout.Token);
            while (await MoveNextAsync(_updates))
            {
                if (Accept(_updates.Current) is { Length: > 0 } text)
                    return new ChatStep(text);
                if (_fault is { } fault)
                    return fault;
                RestartTimeout();
            }
            return _finish is null ? UpstreamFault.CutOff("no finish reason") : End();
        }
        catch (Exception exception)
        {
            stop.ThrowIfCancellationRequested();
            return IsFinished ? End()
                : _timeout.HasElapsed ? _hasOutput ? UpstreamFault.SegmentTimeout(options.SegmentTimeout) : UpstreamFault.FirstSegmentTimeout(options.FirstSegmentTimeout)
                : ChatClientFaults.Find(exception, (options as ModelServerOptions)?.ConnectTimeout, time);
        }
        finally
        {
            _timeout.Stop();
        }
    }

    private async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<ChatResponseUpdate> updates)
    {
        var move = updates.MoveNextAsync();
        if (move.IsCompleted)
            return await move;
        var task = move.AsTask();
        _move = task;
        return await task.WaitAsync(_timeout.Token);
    }

    private string Accept(ChatResponseUpdate update)
    {
        var text = new StringBuilder();
        var hasOutput = false;
        foreach (var content in update.Contents)
        {
            switch (content)
            {
                case TextContent piece:
                    text.Append(piece.Text);
                    break;
                // A refusal is what the model says in place of an answer.
                case ErrorContent { ErrorCode: "Refusal" } refusal:
                    text.Append(refusal.Message);
                    break;
                case ErrorContent:
                    _fault = UpstreamFault.ErrorObject;
                    break;
                case UsageContent usage:
                    _usage.Add(usage.Details);
                    break;
                case TextReasoningContent { Text.Length: 0 }:
                    break;
                default:
                    hasOutput = true;
                    break;
            }
        }
        hasOutput |= text.Length > 0;
        _hasOutput |= hasOutput;
        // What follows a finish is another answer of the model, which has to finish too.
        if (hasOutput)
            _finish = null;
        if (update.FinishReason is { } word && (_finish is null || _finish == FinishReason.Stop))
            _finish = FinishReason.FromWord(word.Value) ?? _finish;
        if (_finish == FinishReason.Failed)
            _fault = UpstreamFault.ErrorObject;
        return text.ToString();
    }

    private void RestartTimeout() => _timeout.Restart(
        IsFinished ? InactivityTimeout.AfterFinish : _hasOutput ? options.SegmentTimeout : options.FirstSegmentTimeout);

    private ChatStep End() => new(new GenerationFinish(_finish!.Value.Name) { Usage = Usage });

    private async Task DisposeAfterAsync(Task move)
    {
        await move.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await DisposeUpdatesAsync();
    }

    private async ValueTask DisposeUpdatesAsync()
    {
        try
        {
            if (_updates is not null)
                await _updates.DisposeAsync();
        }
        catch (Exception)
        {
            // The answer has been read, or is no longer wanted.
        }
        _timeout.Dispose();
    }
}
