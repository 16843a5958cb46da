using System.Diagnostics.CodeAnalysis;

namespace SseStreaming.Api.Auth;

/// <summary>Why a token or a grant is not accepted, in words for the client. It is never thrown: authentication wants failures as exceptions.</summary>
[SuppressMessage("Design", "CA1064", Justification = "It does not leave this folder.")]
internal sealed class AccessRefusedException(string message) : Exception(message)
{
    /// <summary>True if it is not the client's fault: the authority, which would know, can't be asked.</summary>
    public bool IsTransient { get; init; }
}
