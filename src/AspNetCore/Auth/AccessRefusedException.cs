using System.Diagnostics.CodeAnalysis;

namespace SseStreaming.AspNetCore.Auth;

/// <summary>Why a token or a grant is not accepted, in a message for the client. It is never thrown: authentication takes failures as exceptions.</summary>
[SuppressMessage("Design", "CA1064", Justification = "It does not leave the authentication.")]
internal sealed class AccessRefusedException(string message) : Exception(message)
{
    /// <summary>True if the authority does not answer, which is not the client's fault.</summary>
    public bool IsTransient { get; init; }
}
