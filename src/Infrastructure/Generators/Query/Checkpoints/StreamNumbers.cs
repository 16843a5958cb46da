namespace SseStreaming.Infrastructure.Generators.Query.Checkpoints;

/// <summary>Numbers of variable length (LEB128): small numbers take one byte.</summary>
internal static class StreamNumbers
{
    private const int BitsPerByte = 7;
    private const int More = 1 << BitsPerByte;

    public static void WriteNumber(this Stream stream, UInt128 number)
    {
        for (; number >= More; number >>= BitsPerByte)
            stream.WriteByte((byte)((uint)number | More));
        stream.WriteByte((byte)number);
    }

    /// <exception cref="FormatException">The stream ends within the number, or the number is too large.</exception>
    public static UInt128 ReadNumber(this Stream stream)
    {
        UInt128 number = 0;
        for (var shift = 0; shift < 128; shift += BitsPerByte)
        {
            var next = stream.ReadByte();
            if (next < 0)
                break;
            number |= (UInt128)(uint)(next & (More - 1)) << shift;
            if (next < More)
                return number;
        }
        throw new FormatException("A number has no end.");
    }
}
