using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.Sqlite;

/// <summary>The 128 bits of a stream id as the type of its column.</summary>
internal static class SqliteStreamIds
{
    private const int Length = 16;

    public static byte[] ToBlob(this StreamId streamId)
    {
        var bytes = new byte[Length];
        streamId.CopyTo(bytes);
        return bytes;
    }
}
