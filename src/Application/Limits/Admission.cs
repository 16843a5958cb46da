namespace SseStreaming.Application.Limits;

/// <summary>The places of a generation that is to begin. What is not kept by somebody goes back when this is disposed.</summary>
internal sealed class Admission(Place generation, Place? viewer) : IDisposable
{
    private Place? _generation = generation;
    private Place? _viewer = viewer;

    public Place? KeepGeneration()
    {
        var kept = _generation;
        _generation = null;
        return kept;
    }

    public Place? KeepViewer()
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
