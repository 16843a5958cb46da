using System.Text.Json.Serialization;

namespace SseStreaming.Application.Generations;

/// <summary>Why a generation was stopped.</summary>
internal enum StopReason
{
    /// <summary>Somebody asked for it.</summary>
    [JsonStringEnumMemberName("requested")]
    Requested,

    /// <summary>No viewer was left, and none came back within the grace.</summary>
    [JsonStringEnumMemberName("abandoned")]
    Abandoned,

    /// <summary>The stream reached one of its bounds.</summary>
    [JsonStringEnumMemberName("limit")]
    Limit,
}
