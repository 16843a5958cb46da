using System.Collections.Frozen;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore.Binding;

namespace SseStreaming.AspNetCore.Doors.AiSdk;

/// <summary>Reads the fields of a chat request.</summary>
internal sealed class ChatRequestFields(ITextStreamService streams, ModelStateDictionary state) : ModelStateFields(state)
{
    private const string Id = "id";
    private const string Source = "source";
    private const string OnDisconnectName = "onDisconnect";

    /// <summary><c>trigger</c> and <c>messageId</c> change nothing: the messages are those that the source has to answer.</summary>
    private static readonly FrozenSet<string> ProtocolFields =
        FrozenSet.Create(StringComparer.Ordinal, Id, UiMessages.Name, "trigger", "messageId", Source, OnDisconnectName);

    public StartRequest Request { get; private set; } = new();

    /// <summary>Parts that are ignored, such as data of the page, may be nested.</summary>
    public override int MaxDepth => 64;

    public override void AddJson(JsonElement body)
    {
        var id = ReadString(body, Id);
        if (!ChatId.IsValid(id))
            Reject(Id, $"'{Id}' {ChatId.Rule}.");
        var onDisconnect = ReadString(body, OnDisconnectName);
        if (onDisconnect is not (null or "stop" or "continue"))
            Reject(OnDisconnectName, $"'{OnDisconnectName}' must be 'stop' or 'continue'.");

        Request = AddConversation(body, new StartRequest
        {
            Source = ReadString(body, Source),
            Thread = id,
            OnDisconnect = onDisconnect is "continue" ? OnDisconnect.Continue : OnDisconnect.Stop,
        });
    }

    private StartRequest AddConversation(JsonElement body, StartRequest request)
    {
        var messages = UiMessages.Read(body.TryGetProperty(UiMessages.Name, out var value) ? value : default, Reject);
        // The service refuses an unknown source.
        if (streams.FindSource(request.Source ?? streams.DefaultSource) is not { } source)
            return request;
        if (!source.HasEnd())
            Reject(Source, $"The source '{source.Name}' has no end, so it can't be read as a chat: the beginning of its text is not kept.");
        return request.WithConversation(source, messages) with { Options = DoorRequest.ReadOptions(body, source, ProtocolFields) };
    }
}
