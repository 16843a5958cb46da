using SseStreaming.Application.Streams;
using SseStreaming.Domain;

namespace SseStreaming.Application;

/// <summary>Who asks for something.</summary>
/// <param name="Subject">Who it is, by authentication; null where nobody has to say who they are.</param>
/// <param name="Client">What the bounds for one client count by: the subject, or else the address.</param>
public sealed record Caller(string? Subject, string Client)
{
    /// <summary>A stream that this caller may read, whoever owns it.</summary>
    public StreamId? Granted { get; init; }

    /// <summary>True if the streams of an owner are this caller's own. What began without a subject is everybody's.</summary>
    public bool Owns(string? owner) => owner is null || owner == Subject;

    /// <summary>True if this caller may read a stream.</summary>
    public bool MayRead(StreamHead head) => Owns(head.Owner) || Granted == head.Id;
}
