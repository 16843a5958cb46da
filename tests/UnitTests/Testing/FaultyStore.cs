using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;

namespace SseStreaming.UnitTests.Testing;

/// <summary>A store whose appends a test can delay, fail or answer otherwise.</summary>
internal sealed class FaultyStore(IEventStreamStore inner) : DelegatingStore(inner)
{
    /// <summary>Called in place of an append; calls the append itself or not.</summary>
    public Func<Func<ValueTask<AppendResult>>, ValueTask<AppendResult>> OnAppend { get; set; } = append => append();

    /// <summary>Number of calls to append.</summary>
    public int Appends { get; private set; }

    public override ValueTask<AppendResult> AppendAsync(EventBatch batch, byte[]? checkpoint, CancellationToken cancellationToken)
    {
        Appends++;
        return OnAppend(() => base.AppendAsync(batch, checkpoint, cancellationToken));
    }
}
