namespace SseStreaming.Application.Contracts;

/// <param name="State">The current state.</param>
/// <param name="Existed">True if the stream existed before the request.</param>
public sealed record ExternalStream(StreamState State, bool Existed);
