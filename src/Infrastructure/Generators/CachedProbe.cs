namespace SseStreaming.Infrastructure.Generators;

/// <summary>
/// Asks whether a source can be used, but not for everyone who wants to know: one at a time, for a limited time, and the answer
/// holds for a while.
/// </summary>
/// <param name="probe">Null if the source can be used, else why not; it may throw what it likes.</param>
internal sealed class CachedProbe(Func<CancellationToken, Task<string?>> probe, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _turn = new(1);
    private string? _answer;
    private long? _asked;

    public async ValueTask<string?> AskAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_asked is not { } asked || time.GetElapsedTime(asked) >= Age)
            {
                _answer = await AskNowAsync(cancellationToken);
                _asked = time.GetTimestamp();
            }
            return _answer;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<string?> AskNowAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            // Not every driver takes notice of its token.
            return await probe(both.Token).WaitAsync(both.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException)
        {
            return "it does not answer";
        }
        // Its words may hold addresses and names: why it failed is for the log of a generation.
        catch (Exception exception)
        {
            return $"it can't be reached ({exception.GetType().Name})";
        }
    }
}
