using System.Diagnostics.CodeAnalysis;

namespace SseStreaming.Infrastructure.Generators.Query.Checkpoints;

/// <summary>
/// Encodes keys relative to the one before each. It takes them in any order, and the fewest bytes in ascending order. A list that is
/// too long for a checkpoint encodes no more keys.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A memory stream holds no resources.")]
internal abstract class KeyList
{
    private readonly MemoryStream _bytes = new();

    /// <summary>A list for keys of the type of this one.</summary>
    public static KeyList Create(object key) => key is long ? new IntegerKeyList() : new TextKeyList();

    /// <summary>Begins again with a first key.</summary>
    public void Restart(object first)
    {
        _bytes.SetLength(0);
        Clear();
        Append(_bytes, first);
    }

    public void Add(object key)
    {
        if (_bytes.Length <= QueryCheckpointFormat.MaxBytes)
            Append(_bytes, key);
    }

    /// <summary>Writes the list and one more key, which it does not keep.</summary>
    public void WriteTo(Stream target, object last)
    {
        _bytes.WriteTo(target);
        WriteNext(target, last);
    }

    /// <summary>Decodes keys up to the end of the stream.</summary>
    /// <exception cref="FormatException">The bytes are not a list of keys.</exception>
    public abstract IEnumerable<object> Read(Stream source);

    protected abstract void Clear();

    protected abstract void Append(MemoryStream target, object key);

    protected abstract void WriteNext(Stream target, object key);
}
