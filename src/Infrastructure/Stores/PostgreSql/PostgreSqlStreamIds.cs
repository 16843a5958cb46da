using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.PostgreSql;

/// <summary>The 128 bits of a stream id as the type of its column, which has a fixed length.</summary>
internal static class PostgreSqlStreamIds
{
    private const int Length = 16;

    public static Guid ToUuid(this StreamId streamId)
    {
        Span<byte> bytes = stackalloc byte[Length];
        streamId.CopyTo(bytes);
        return new Guid(bytes, bigEndian: true);
    }

    public static StreamId ToStreamId(this Guid uuid)
    {
        Span<byte> bytes = stackalloc byte[Length];
        uuid.TryWriteBytes(bytes, bigEndian: true, out _);
        return StreamId.FromBytes(bytes);
    }
}
