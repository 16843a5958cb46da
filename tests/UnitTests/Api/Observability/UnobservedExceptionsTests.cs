using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using SseStreaming.Api.Observability;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Api.Observability;

internal sealed class UnobservedExceptionsTests
{
    private readonly IOException _fault = new("No code awaits this.");
    private readonly LogSpy<UnobservedExceptions> _log = new();
    private UnobservedExceptions _exceptions = null!;

    [SetUp]
    public async Task SetUp()
    {
        _exceptions = new UnobservedExceptions(_log);
        await _exceptions.StartAsync(CancellationToken.None);
    }

    [TearDown]
    public Task TearDown() => _exceptions.StopAsync(CancellationToken.None);

    [Test]
    public async Task FailedTask_ThatNoCodeAwaits_IsLoggedAsAnError()
    {
        Abandon();
        await CollectUntilAsync(_log);
        Assert.That(LineOf(_log)!.Level, Is.EqualTo(LogLevel.Error));
    }

    [Test]
    public async Task AfterTheStop_NothingIsLogged()
    {
        await _exceptions.StopAsync(CancellationToken.None);
        var log = new LogSpy<UnobservedExceptions>();
        var other = new UnobservedExceptions(log);
        await other.StartAsync(CancellationToken.None);
        Abandon();
        await CollectUntilAsync(log);
        await other.StopAsync(CancellationToken.None);
        Assert.That(LineOf(_log), Is.Null);
    }

    /// <summary>Not inlined, or the caller's frame holds on to the task.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Abandon() => _ = Task.FromException(_fault);

    private Task CollectUntilAsync(LogSpy<UnobservedExceptions> log) => Waiting.Until(() =>
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return LineOf(log) is not null;
    }, "the failed task was collected");

    private LogLine? LineOf(LogSpy<UnobservedExceptions> log) =>
        log.Lines.FirstOrDefault(line => line.Exception is AggregateException exception && exception.InnerExceptions.Contains(_fault));
}
