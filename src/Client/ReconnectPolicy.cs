using System.Diagnostics.CodeAnalysis;

namespace SseStreaming.Client;

/// <summary>Decides whether a request is repeated after an error, and when.</summary>
internal sealed class ReconnectPolicy(TextStreamOptions options)
{
    private TimeSpan _firstDelay = options.BaseDelay;

    /// <summary>Consecutive connections that failed.</summary>
    private int _failures;

    /// <summary>The server's <c>retry</c> field.</summary>
    public void SetFirstDelay(TimeSpan delay) => _firstDelay = delay;

    /// <summary>The server was reached, so the next failure is the first of a new series.</summary>
    public void Reset() => _failures = 0;

    /// <summary>The delay before the next request; null if the error is final.</summary>
    public TimeSpan? NextDelay(TextStreamException error)
    {
        _failures++;
        return error.IsTransient && _failures < options.MaxAttempts ? GetDelay(error, _failures) : null;
    }

    /// <summary>Exponential back-off with full jitter, so that the clients of a server that was restarted do not reconnect together.</summary>
    [SuppressMessage("Security", "CA5394", Justification = "Jitter needs no secure random numbers.")]
    public TimeSpan GetDelay(TextStreamException error, int attempt)
    {
        var random = Random.Shared.NextDouble();
        // Never before the time that the server set.
        if (error is TextStreamHttpException { RetryAfter: { } retryAfter })
            return retryAfter + (_firstDelay * random);
        if (attempt == 1)
            return _firstDelay * random;
        // A server may set a short first delay; later ones grow from the base, or all attempts would be used up at once.
        var from = Math.Max(_firstDelay.Ticks, options.BaseDelay.Ticks);
        var grown = Math.Min(options.MaxDelay.Ticks, from * Math.Pow(2, attempt - 1));
        return TimeSpan.FromTicks((long)(Math.Max(_firstDelay.Ticks, grown) * random));
    }
}
