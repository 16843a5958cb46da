using System.Text.Json.Serialization;

namespace SseStreaming.Application.Generations;

/// <summary>Why a generation was stopped. The first stop reason wins.</summary>
internal enum StopReason
{
    /// <summary>It was not stopped.</summary>
    None,

    /// <summary>A client requested it.</summary>
    [JsonStringEnumMemberName("requested")]
    Requested,

    /// <summary>The last viewer left, and none came back within the grace.</summary>
    [JsonStringEnumMemberName("abandoned")]
    Abandoned,

    /// <summary>The stream reached one of its limits.</summary>
    [JsonStringEnumMemberName("limit")]
    Limit,

    /// <summary>This server stops. The terminal event is then <c>failed</c>, so this reason is never stored.</summary>
    Interrupted,

    /// <summary>Another node continues the generation. There is no terminal event, so this reason is never stored.</summary>
    HandedOver,
}
