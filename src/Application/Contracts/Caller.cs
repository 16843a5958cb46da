using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application.Contracts;

/// <summary>The sender of a request.</summary>
/// <param name="Subject">The authenticated subject; null without authentication.</param>
/// <param name="Client">The key of limits per client: the subject, or else the address.</param>
public sealed record Caller(string? Subject, string Client)
{
    /// <summary>A stream that this caller may read although another subject owns it.</summary>
    public StreamId? GrantedStreamId { get; init; }

    /// <summary>
    /// True if this caller owns a stream. A stream that was started without authentication belongs to all callers without a subject, and
    /// to no caller with one.
    /// </summary>
    public bool Owns(StreamHead head) => !IsGuest && head.Owner == Subject;

    /// <summary>True if this caller may read a stream.</summary>
    public bool MayRead(StreamHead head) => Owns(head) || (head.IsShared && !IsGuest) || GrantedStreamId == head.Id;

    /// <summary>True if the caller has a grant but no subject.</summary>
    private bool IsGuest => Subject is null && GrantedStreamId is not null;
}
