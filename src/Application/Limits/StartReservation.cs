namespace SseStreaming.Application.Limits;

/// <summary>The slots of a generation that is about to start. Slots that were not taken are released when this is disposed.</summary>
internal sealed class StartReservation(Slot generation, Slot? viewer) : IDisposable
{
    private Slot? _generation = generation;
    private Slot? _viewer = viewer;

    public Slot? TakeGenerationSlot()
    {
        var slot = _generation;
        _generation = null;
        return slot;
    }

    public Slot? TakeViewerSlot()
    {
        var slot = _viewer;
        _viewer = null;
        return slot;
    }

    public void Dispose()
    {
        _generation?.Dispose();
        _viewer?.Dispose();
    }
}
