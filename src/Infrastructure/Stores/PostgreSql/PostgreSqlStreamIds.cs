using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.PostgreSql;

/// <summary>The 128 bits of a stream id as PostgreSQL's <c>uuid</c>: fixed in length, and the quickest key of that size.</summary>
internal static class PostgreSqlStreamIds
{
    private const int Length = 16;

    public static Guid ToKey(this StreamId streamId)
    {
        Span<byte> bytes = stackalloc byte[Length];
        streamId.CopyTo(bytes);
        return new Guid(bytes, bigEndian: true);
    }

    public static StreamId ToStreamId(this Guid key)
    {
        Span<byte> bytes = stackalloc byte[Length];
        key.TryWriteBytes(bytes, bigEndian: true, out _);
        return StreamId.FromBytes(bytes);
    }
}
