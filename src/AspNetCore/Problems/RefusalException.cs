using System.Diagnostics.CodeAnalysis;
using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Problems;

/// <summary>A binder adds it to the model state to refuse a request with another status than 400. It is never thrown.</summary>
[SuppressMessage("Design", "CA1064", Justification = "It stays in the model state.")]
internal sealed class RefusalException(Refusal refusal) : Exception(refusal.Detail)
{
    public Refusal Refusal { get; } = refusal;
}
