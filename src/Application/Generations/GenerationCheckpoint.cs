using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace SseStreaming.Application.Generations;

/// <summary>Where a generation is, as the store keeps it.</summary>
/// <param name="State">The checkpoint of the generator; null if it has set none, empty if the generation can't be continued.</param>
/// <param name="Held">Text that the generator produced, and that no segment has yet.</param>
internal readonly record struct GenerationCheckpoint(string? State, string Held)
{
    private const int HeaderLength = 3;

    /// <summary>True if the generation can be continued from here, or started again because it has no text yet.</summary>
    public bool IsContinuable(bool hasText) => State is { } state ? state.Length > 0 : !hasText;

    /// <remarks>
    /// One byte says whether there is a state, two bytes the length of the held text, which follows as UTF-16, and the state as UTF-8. Held
    /// text may end with half of a surrogate pair, which neither UTF-8 nor JSON can represent.
    /// </remarks>
    public byte[] Encode()
    {
        var held = MemoryMarshal.AsBytes(Held.AsSpan());
        var data = new byte[HeaderLength + held.Length + Encoding.UTF8.GetByteCount(State ?? "")];
        data[0] = State is null ? (byte)0 : (byte)1;
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(1), (ushort)Held.Length);
        held.CopyTo(data.AsSpan(HeaderLength));
        Encoding.UTF8.GetBytes(State, data.AsSpan(HeaderLength + held.Length));
        return data;
    }

    /// <summary>False if another version encoded it in a way that this one does not know.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> data, out GenerationCheckpoint checkpoint)
    {
        checkpoint = default;
        if (data.Length < HeaderLength || data[0] > 1)
            return false;
        var stateAt = HeaderLength + (BinaryPrimitives.ReadUInt16LittleEndian(data[1..]) * sizeof(char));
        if (data.Length < stateAt)
            return false;
        checkpoint = new GenerationCheckpoint(
            data[0] == 0 ? null : Encoding.UTF8.GetString(data[stateAt..]),
            new string(MemoryMarshal.Cast<byte, char>(data[HeaderLength..stateAt])));
        return true;
    }
}
