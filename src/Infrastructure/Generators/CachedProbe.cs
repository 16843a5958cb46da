namespace SseStreaming.Infrastructure.Generators;

/// <summary>Probes whether a source can be used: one probe at a time, with a timeout, and with a result that is cached for a while.</summary>
/// <param name="probe">Returns null if the source can be used, else why not. Exceptions count as a reason.</param>
internal sealed class CachedProbe(Func<CancellationToken, Task<string?>> probe, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _gate = new(1);
    private string? _result;
    private long? _probedAt;

    public async ValueTask<string?> ProbeAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_probedAt is not { } probedAt || time.GetElapsedTime(probedAt) >= MaxAge)
            {
                _result = await ProbeNowAsync(cancellationToken);
                _probedAt = time.GetTimestamp();
            }
            return _result;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private async Task<string?> ProbeNowAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            // Some drivers ignore their token.
            return await probe(linked.Token).WaitAsync(linked.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException)
        {
            return "it does not answer";
        }
        // The exception's message may contain addresses and names; the log of a generation has the details.
        catch (Exception exception)
        {
            return $"it can't be reached ({exception.GetType().Name})";
        }
    }
}
