using System.Text;
using System.Text.Json;
using SseStreaming.Infrastructure.Generators.Models;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>Tells what kind of frame the server sent, and reads the completion in it.</summary>
internal static class ChatFrameParser
{
    private const int MaxKeepAliveBytes = 16;

    private static readonly string[] KeepAliveNames = ["ping", "pong", "heartbeat", "keepalive", "keepaliveping", "noop"];
    private static readonly string[] ErrorNames = ["error", "exception", "fail"];

    public static ChatFrame Parse(UpstreamFrame frame)
    {
        var name = frame.EventName;
        if (IsKeepAlive(name))
            return new ChatFrame(ChatFrameKind.Ignored);
        if (ErrorNames.Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase)))
            return new ChatFrame(ChatFrameKind.Error);

        var data = frame.Data.Trim(" \t\r\n"u8);
        if (data.IsEmpty || IsKeepAlive(data.Span))
            return new ChatFrame(ChatFrameKind.Ignored);
        if (Ascii.EqualsIgnoreCase(data.Span.Trim("[\"]"u8), "done"u8))
            return new ChatFrame(ChatFrameKind.Done);

        // An event with a name of its own may hold anything that is no completion.
        var isNamed = name is not ("" or "message");
        using var document = LenientJson.Parse(data);
        if (document is null || Unwrap(document.RootElement) is not { ValueKind: JsonValueKind.Object } root)
            return new ChatFrame(isNamed ? ChatFrameKind.Ignored : IsIncomplete(data.Span) ? ChatFrameKind.Incomplete : ChatFrameKind.Garbled);
        return frame.IsEvent && IsKeepAlive(root) ? new ChatFrame(ChatFrameKind.Ignored) : Read(root, isNamed);
    }

    private static ChatFrame Read(JsonElement root, bool isNamed)
    {
        var choice = ChoiceReader.Find(root);
        if (ErrorReader.HasError(root, choice) || (choice is null && !isNamed && ErrorReader.IsError(root)))
            return new ChatFrame(ChatFrameKind.Error) { Text = choice is { } failed ? ChoiceReader.ReadText(failed) : "" };
        choice ??= ChoiceReader.FindOutsideChoices(root);
        var usage = UsageReader.Read(root, choice);
        var update = new ChatFrame(ChatFrameKind.Update)
        {
            Usage = usage,
            HasOutput = OutputDetector.HasThinking(root),
            IsCompletion = usage is not null || root.Find("choices").ValueKind is JsonValueKind.Array || choice is not null,
        };
        return choice is { } found ? ReadChoice(update, root, found) : update;
    }

    private static ChatFrame ReadChoice(ChatFrame update, JsonElement root, JsonElement choice)
    {
        var finish = ChoiceReader.ReadFinish(root, choice);
        return update with
        {
            Kind = finish == FinishReason.Failed ? ChatFrameKind.Error : ChatFrameKind.Update,
            Text = ChoiceReader.ReadText(choice),
            HasOutput = update.HasOutput || OutputDetector.HasOutput(choice),
            Finish = finish,
            IsMessage = ChoiceReader.IsMessage(choice),
        };
    }

    /// <summary>Google's servers put the object of an error into an array.</summary>
    private static JsonElement Unwrap(JsonElement root) =>
        root.ValueKind is JsonValueKind.Array && root.GetArrayLength() == 1 ? root[0] : root;

    private static bool IsIncomplete(ReadOnlySpan<byte> data) => "[DONE]"u8.StartsWith(data) || LenientJson.IsIncomplete(data);

    private static bool IsKeepAlive(ReadOnlySpan<byte> data) =>
        data.Length <= MaxKeepAliveBytes && IsKeepAlive(Encoding.UTF8.GetString(data));

    private static bool IsKeepAlive(JsonElement root) => !root.EnumerateObject().Any() || IsKeepAlive(root.FindText("type", "event"));

    private static bool IsKeepAlive(string name) =>
        name.Length > 0 && KeepAliveNames.Contains(string.Concat(name.Where(char.IsAsciiLetter)).ToLowerInvariant(), StringComparer.Ordinal);
}
