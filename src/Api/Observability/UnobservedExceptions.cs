namespace SseStreaming.Api.Observability;

/// <summary>An exception of a task that nobody waited for is lost without a trace, unless it is logged when the task is collected.</summary>
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
        [LoggerMessage(1, LogLevel.Error, "A task failed, and nobody waited for it")]
        public static partial void Unobserved(ILogger logger, AggregateException exception);
    }
}
