using System.Runtime.InteropServices;
using SseStreaming.Application.Shutdown;

namespace SseStreaming.Api.Hosting.Shutdown;

/// <summary>The first signal makes the host stop, which drains the server. A second one ends the drain.</summary>
internal sealed partial class ShutdownSignals(Drain drain, ILogger<ShutdownSignals> logger) : IHostedService, IDisposable
{
    private static readonly PosixSignal[] Signals = [PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT];

    private PosixSignalRegistration[] _registrations = [];
    private int _received;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // The host's lifetime handles them, too, and keeps them from ending the process.
        _registrations = Array.ConvertAll(Signals, signal => PosixSignalRegistration.Create(signal, context => OnSignal(context.Signal)));
        return Task.CompletedTask;
    }

    /// <summary>Signals are handled until the service is disposed, because a second one arrives during the stop.</summary>
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
        [LoggerMessage(1, LogLevel.Information, "{Signal} for the second time: stopping at once")]
        public static partial void ForcingStop(ILogger logger, PosixSignal signal);
    }
}
