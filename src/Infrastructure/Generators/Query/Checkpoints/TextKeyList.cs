using System.Text;

namespace SseStreaming.Infrastructure.Generators.Query.Checkpoints;

/// <summary>Text keys in UTF-8, each without the bytes that it has in common with the beginning of the key before it.</summary>
internal sealed class TextKeyList : KeyList
{
    private byte[] _last = [];

    public override IEnumerable<object> Read(Stream source)
    {
        var last = Array.Empty<byte>();
        while (source.Position < source.Length)
        {
            var (common, rest) = (source.ReadNumber(), source.ReadNumber());
            if (common > (uint)last.Length || rest > (ulong)(source.Length - source.Position))
                throw new FormatException("A key is longer than its bytes.");
            var key = new byte[(int)common + (int)rest];
            last.AsSpan(0, (int)common).CopyTo(key);
            source.ReadExactly(key, (int)common, (int)rest);
            last = key;
            yield return Encoding.UTF8.GetString(key);
        }
    }

    protected override void Clear() => _last = [];

    protected override void Append(MemoryStream target, object key) => _last = Write(target, key);

    protected override void WriteNext(Stream target, object key) => Write(target, key);

    private byte[] Write(Stream target, object key)
    {
        var bytes = Encoding.UTF8.GetBytes((string)key);
        var common = bytes.AsSpan().CommonPrefixLength(_last);
        target.WriteNumber((uint)common);
        target.WriteNumber((uint)(bytes.Length - common));
        target.Write(bytes.AsSpan(common));
        return bytes;
    }
}
