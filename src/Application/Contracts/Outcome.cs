using System.Diagnostics.CodeAnalysis;

namespace SseStreaming.Application.Contracts;

/// <summary>A value, or why there is none. Expected outcomes are values; exceptions are bugs and broken pipes.</summary>
public readonly struct Outcome<T>
    where T : class
{
    private Outcome(T? value, Refusal? refusal)
    {
        Value = value;
        Refusal = refusal;
    }

    public T? Value { get; }

    public Refusal? Refusal { get; }

    /// <summary>True if there is a value.</summary>
    public bool Try([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Refusal? refusal)
    {
        value = Value;
        refusal = value is null ? Refusal ?? throw new InvalidOperationException("An outcome that was never set.") : null;
        return value is not null;
    }

    internal static Outcome<T> Of(T value) => new(value, null);

    [SuppressMessage("Usage", "CA2225", Justification = "The conversions are the constructors.")]
    public static implicit operator Outcome<T>(T value) => new(value, null);

    [SuppressMessage("Usage", "CA2225", Justification = "The conversions are the constructors.")]
    public static implicit operator Outcome<T>(Refusal refusal) => new(null, refusal);
}

public static class Outcome
{
    /// <summary>For values whose type is an interface, which no conversion takes.</summary>
    public static Outcome<T> Of<T>(T value)
        where T : class => Outcome<T>.Of(value);
}

/// <summary>Why a request can't be served, in words for the person who wrote it. It never repeats what they sent.</summary>
public sealed record Refusal(RefusalReason Reason, string Detail)
{
    /// <summary>What is wrong, by the field or header that it is wrong with.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>When it is worth to ask again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>One wrong field or header.</summary>
    public static Refusal Invalid(string field, string detail) =>
        Invalid(new Dictionary<string, string[]> { [field] = [detail] });

    /// <summary>Several wrong fields or headers.</summary>
    public static Refusal Invalid(IReadOnlyDictionary<string, string[]> errors) =>
        new(RefusalReason.InvalidInput, string.Join(' ', errors.SelectMany(error => error.Value))) { Errors = errors };

    /// <summary>Another server may be there already, or this one again.</summary>
    public static Refusal Stopping(TimeSpan retryAfter) => new(RefusalReason.Stopping, "The server is stopping.") { RetryAfter = retryAfter };
}

public enum RefusalReason
{
    InvalidInput,
    UnknownStream,

    /// <summary>The caller may not do that, and knows of the stream.</summary>
    Forbidden,

    /// <summary>The events after the position are no longer kept.</summary>
    Expired,

    /// <summary>The position is after the last event that was ever stored.</summary>
    BeyondEnd,

    /// <summary>The position is the terminal event: nothing more will come.</summary>
    Ended,

    /// <summary>The idempotency key came before, with another request.</summary>
    KeyReused,

    /// <summary>No room for another stream.</summary>
    Full,

    /// <summary>The client has as many generations running as it may.</summary>
    TooManyGenerations,

    /// <summary>The client has as many responses open as it may.</summary>
    TooManyViewers,

    /// <summary>The client has started as many generations as it may for now.</summary>
    TooManyStarts,

    /// <summary>All clients together have as much as the server gives.</summary>
    Busy,

    /// <summary>The server is stopping.</summary>
    Stopping,

    /// <summary>The store can't be asked at the moment.</summary>
    StoreUnavailable,
}
