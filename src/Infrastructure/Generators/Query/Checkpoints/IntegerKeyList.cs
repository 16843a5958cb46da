namespace SseStreaming.Infrastructure.Generators.Query.Checkpoints;

/// <summary>
/// Integer keys as gaps and runs. Keys of a sequence take two to four bytes per gap between them, however many they are; other keys take
/// a byte each if they are fewer than 64 apart.
/// </summary>
internal sealed class IntegerKeyList : KeyList
{
    // The last entry: a key at a distance from the one before it, and the keys that follow without a gap.
    private long _start;
    private ulong _gap;
    private ulong _runLength;

    private long _last;

    public override IEnumerable<object> Read(Stream source)
    {
        var key = 0L;
        while (source.Position < source.Length)
        {
            var entry = source.ReadNumber();
            key = unchecked(key + (long)(ulong)(entry >> 1));
            yield return key;
            if (UInt128.IsEvenInteger(entry))
                continue;
            var more = source.ReadNumber() + 1;
            if (more > QueryCheckpointFormat.MaxKeys)
                throw new FormatException("A run is too long.");
            for (; more > 0; more--)
                yield return unchecked(++key);
        }
    }

    protected override void Clear() => (_last, _runLength) = (0, 0);

    protected override void Append(MemoryStream target, object key)
    {
        var gap = GetGap(key);
        if (gap == 1 && _runLength > 0)
        {
            _runLength++;
            target.SetLength(_start);
        }
        else
        {
            (_start, _gap, _runLength) = (target.Length, gap, 1);
        }
        target.WriteNumber(((UInt128)_gap << 1) | (_runLength > 1 ? 1u : 0u));
        if (_runLength > 1)
            target.WriteNumber(_runLength - 2);
        _last = (long)key;
    }

    protected override void WriteNext(Stream target, object key) => target.WriteNumber((UInt128)GetGap(key) << 1);

    /// <summary>The distance from the last key, modulo 2^64: it covers all pairs of keys, also descending ones.</summary>
    private ulong GetGap(object key) => unchecked((ulong)((long)key - _last));
}
