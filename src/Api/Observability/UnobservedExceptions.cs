namespace SseStreaming.Api.Observability;

/// <summary>Logs the exception of a task that no code awaited, when the task is collected. Otherwise it would be lost.</summary>
internal sealed partial class UnobservedExceptions(ILogger<UnobservedExceptions> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        TaskScheduler.UnobservedTaskException += OnUnobserved;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        TaskScheduler.UnobservedTaskException -= OnUnobserved;
        return Task.CompletedTask;
    }

    private void OnUnobserved(object? task, UnobservedTaskExceptionEventArgs args) => Log.Unobserved(logger, args.Exception);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A task failed that no code awaited")]
        public static partial void Unobserved(ILogger logger, AggregateException exception);
    }
}
