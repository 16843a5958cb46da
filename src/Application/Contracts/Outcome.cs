using System.Diagnostics.CodeAnalysis;

namespace SseStreaming.Application.Contracts;

/// <summary>A value, or the refusal of the request. Exceptions are only for bugs and broken connections.</summary>
public readonly struct Outcome<T>
    where T : class
{
    private Outcome(T? value, Refusal? refusal)
    {
        Value = value;
        Refusal = refusal;
    }

    /// <summary>The value; null if the request is refused.</summary>
    public T? Value { get; }

    /// <summary>Why the request is refused; null if there is a value.</summary>
    public Refusal? Refusal { get; }

    /// <summary>True if there is a value.</summary>
    public bool Try([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Refusal? refusal)
    {
        value = Value;
        refusal = value is null ? Refusal ?? throw new InvalidOperationException("The outcome was never set.") : null;
        return value is not null;
    }

    internal static Outcome<T> From(T value) => new(value, null);

    /// <summary>An outcome with a value.</summary>
    [SuppressMessage("Usage", "CA2225", Justification = "The conversions are the constructors.")]
    public static implicit operator Outcome<T>(T value) => new(value, null);

    /// <summary>The outcome of a request that is refused.</summary>
    [SuppressMessage("Usage", "CA2225", Justification = "The conversions are the constructors.")]
    public static implicit operator Outcome<T>(Refusal refusal) => new(null, refusal);
}

/// <summary>Creates outcomes.</summary>
public static class Outcome
{
    /// <summary>For interface types, which a conversion operator can't take.</summary>
    public static Outcome<T> From<T>(T value)
        where T : class => Outcome<T>.From(value);
}
