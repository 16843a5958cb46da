using System.Text.Json;

namespace SseStreaming.Testing.Models;

/// <summary>
/// A fake model with a fixed text per prompt, which it continues exactly after a last message of the assistant. Its methods are scripts of
/// an <see cref="UpstreamServer"/>. Each word is a frame and a token.
/// </summary>
internal sealed class ContinuingModel(Func<string, string> getText)
{
    private readonly List<ModelRequest> _requests = [];
    private readonly Lock _gate = new();
    private long _tokens;

    /// <summary>The time between two words.</summary>
    public TimeSpan Pace { get; init; }

    public string Finish { get; init; } = "stop";

    /// <summary>True for a server that sends the prefix again before the rest, as Mistral does.</summary>
    public bool RepeatsPrefix { get; init; }

    /// <summary>True for a server that reports the usage with each frame of text.</summary>
    public bool ReportsUsageOften { get; init; }

    /// <summary>The requests received so far.</summary>
    public IReadOnlyList<ModelRequest> Requests
    {
        get
        {
            lock (_gate)
                return [.. _requests];
        }
    }

    /// <summary>The tokens sent so far in all answers.</summary>
    public long Tokens => Interlocked.Read(ref _tokens);

    /// <summary>A text as words with the white space after them.</summary>
    public static IReadOnlyList<string> Words(string text)
    {
        var words = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf(' ', start) + 1;
            words.Add(text[start..(end > 0 ? end : text.Length)]);
            start += words[^1].Length;
        }
        return words;
    }

    /// <summary>Answers completely; with 400 if the text of the prompt does not begin with the prefix.</summary>
    public Task AnswerAsync(UpstreamCall call) => AnswerAsync(call, int.MaxValue, fault: null);

    /// <summary>Sends the first frames of the answer, of which the first has no text, and then the fault.</summary>
    public Func<UpstreamCall, Task> CutAfter(int frames, Func<UpstreamCall, Task> fault) => call => AnswerAsync(call, frames, fault);

    private async Task AnswerAsync(UpstreamCall call, int count, Func<UpstreamCall, Task>? fault)
    {
        var request = Read(call.Body);
        lock (_gate)
            _requests.Add(request);
        var text = getText(request.Prompt);
        if (!text.StartsWith(request.Prefix, StringComparison.Ordinal))
        {
            await call.AnswerAsync(400, "", """{"error":{"message":"The prefix is not from this model."} }""");
            return;
        }

        await call.BeginStreamAsync();
        foreach (var (frame, isToken) in Frames(request, text).Take(count))
        {
            await call.WriteAsync(frame);
            if (!isToken)
                continue;
            Interlocked.Increment(ref _tokens);
            if (Pace > TimeSpan.Zero)
                await Task.Delay(Pace, TimeProvider.System);
        }
        await (fault is null ? call.EndStreamAsync() : fault(call));
    }

    private IEnumerable<(string Frame, bool IsToken)> Frames(ModelRequest request, string text)
    {
        yield return (Sse.Role, false);
        var words = Words(RepeatsPrefix ? text : text[request.Prefix.Length..]);
        var input = Words(request.Prompt).Count + Words(request.Prefix).Count;
        for (var i = 0; i < words.Count; i++)
            yield return (Sse.Text(words[i]) + (ReportsUsageOften ? Sse.Usage(input, i + 1) : ""), true);
        yield return (Sse.Finish(Finish), false);
        yield return (Sse.Usage(input, words.Count), false);
        yield return (Sse.Done, false);
    }

    private static ModelRequest Read(JsonElement body)
    {
        var messages = body.GetProperty("messages").EnumerateArray().Select(message => (
            Role: message.GetProperty("role").GetString(),
            Content: message.GetProperty("content").GetString()!,
            IsPrefix: message.TryGetProperty("prefix", out var prefix) && prefix.GetBoolean())).ToList();
        var prompt = messages.Last(message => message.Role == "user").Content;
        if (messages[^1].Role != "assistant")
            return new ModelRequest(prompt, "", "");
        var isFinalMessage = body.TryGetProperty("continue_final_message", out var final) && final.GetBoolean() && !body.GetProperty("add_generation_prompt").GetBoolean();
        return new ModelRequest(prompt, messages[^1].Content, isFinalMessage ? "ContinueFinalMessage" : messages[^1].IsPrefix ? "Prefix" : "Assistant");
    }
}
