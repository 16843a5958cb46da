using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application.Contracts;

/// <summary>Who asks for something.</summary>
/// <param name="Subject">Who it is, by authentication; null where nobody has to say who they are.</param>
/// <param name="Client">What the bounds for one client count by: the subject, or else the address.</param>
public sealed record Caller(string? Subject, string Client)
{
    /// <summary>A stream that this caller may read, whoever owns it.</summary>
    public StreamId? GrantedStreamId { get; init; }

    /// <summary>
    /// True if a stream is this caller's own. Where nobody has to say who they are, all that began so is everybody's; to those who
    /// have said who they are it is nobody's.
    /// </summary>
    public bool Owns(StreamHead head) => !IsGuest && head.Owner == Subject;

    /// <summary>True if this caller may read a stream.</summary>
    public bool MayRead(StreamHead head) => Owns(head) || (head.IsShared && !IsGuest) || GrantedStreamId == head.Id;

    /// <summary>Comes with a grant and nothing else.</summary>
    private bool IsGuest => Subject is null && GrantedStreamId is not null;
}
