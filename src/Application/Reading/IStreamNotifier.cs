namespace SseStreaming.Application.Reading;

/// <summary>Notifies the readers of one stream of the appends of its writer.</summary>
internal interface IStreamNotifier : IDisposable
{
    /// <summary>The events up to a sequence are stored. Returns at once: nothing is delivered on the caller's stack.</summary>
    void Appended(long last);
}
