using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Controllers.Models;

/// <summary>A page of the caller's streams.</summary>
/// <param name="Streams">The streams, newest first.</param>
/// <param name="Next">Value of `after` for the next page; null on the last page.</param>
internal sealed record StreamListModel(IReadOnlyList<StreamSummaryModel> Streams, string? Next)
{
    internal static StreamListModel From(StreamList list) => new([.. list.Streams.Select(StreamSummaryModel.From)], list.Next?.ToString());
}
