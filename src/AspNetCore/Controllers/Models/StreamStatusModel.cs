using System.Text.Json.Serialization;
using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Controllers.Models;

/// <summary>Whether a stream is running, and how it ended otherwise.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StreamStatusModel>))]
internal enum StreamStatusModel
{
    [JsonStringEnumMemberName("running")]
    Running = StreamStatus.Running,

    [JsonStringEnumMemberName("completed")]
    Completed = StreamStatus.Completed,

    [JsonStringEnumMemberName("stopped")]
    Stopped = StreamStatus.Stopped,

    [JsonStringEnumMemberName("failed")]
    Failed = StreamStatus.Failed,
}
