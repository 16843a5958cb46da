using System.Runtime.InteropServices;
using SseStreaming.Application.Shutdown;

namespace SseStreaming.Api.Hosting.Shutdown;

/// <summary>The first signal has the host stop, which drains the server; whoever sends another one does not want to wait for that.</summary>
internal sealed partial class ShutdownSignals(Drain drain, ILogger<ShutdownSignals> logger) : IHostedService, IDisposable
{
    private static readonly PosixSignal[] Signals = [PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT];

    private PosixSignalRegistration[] _registrations = [];
    private int _received;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // The host's own lifetime hears them too, and sees to it that they don't end the process by themselves.
        _registrations = Array.ConvertAll(Signals, signal => PosixSignalRegistration.Create(signal, context => OnSignal(context.Signal)));
        return Task.CompletedTask;
    }

    /// <summary>They are heard to the very end.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => Array.ForEach(_registrations, registration => registration.Dispose());

    internal void OnSignal(PosixSignal signal)
    {
        if (Interlocked.Increment(ref _received) != 2)
            return;
        Log.ForcingStop(logger, signal);
        drain.ForceStop();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Signal} once more: stopping at once")]
        public static partial void ForcingStop(ILogger logger, PosixSignal signal);
    }
}
