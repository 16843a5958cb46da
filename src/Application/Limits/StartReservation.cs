namespace SseStreaming.Application.Limits;

/// <summary>The places of a generation that is to begin. What is not kept by somebody goes back when this is disposed.</summary>
internal sealed class StartReservation(Slot generation, Slot? viewer) : IDisposable
{
    private Slot? _generation = generation;
    private Slot? _viewer = viewer;

    public Slot? TakeGenerationSlot()
    {
        var kept = _generation;
        _generation = null;
        return kept;
    }

    public Slot? TakeViewerSlot()
    {
        var kept = _viewer;
        _viewer = null;
        return kept;
    }

    public void Dispose()
    {
        _generation?.Dispose();
        _viewer?.Dispose();
    }
}
