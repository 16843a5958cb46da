using System.Security.Cryptography;
using System.Text;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;

namespace SseStreaming.Infrastructure.Generators.Query.Checkpoints;

/// <summary>A checkpoint as text: Base64 of a version, a digest of the statement, and the keys from the floor to the head.</summary>
internal sealed class QueryCheckpointFormat(QueryOptions options)
{
    /// <summary>Below <see cref="GeneratedText.MaxCheckpointBytes"/>, so that there is space for what the runner adds.</summary>
    public const int MaxCharacters = 3900;

    /// <summary>Bytes before Base64.</summary>
    public const int MaxBytes = MaxCharacters / 4 * 3;

    /// <summary>The greatest <see cref="QueryOptions.MaxUnsettledRows"/>. A damaged checkpoint may have a run of any length.</summary>
    public const int MaxKeys = 10_000_000;

    private const byte Version = 1;
    private const int DigestBytes = 8;

    // Without the connection string: passwords and hosts change.
    private readonly byte[] _digest = SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\0', options.Provider, options.KeyType, options.Sql, options.After, options.AfterSql)))[..DigestBytes];

    /// <summary>Null if the text would be too long.</summary>
    /// <param name="floorAndKeys">The floor, then the keys above it that were read.</param>
    /// <param name="head">The highest key that was read.</param>
    public string? Write(KeyList floorAndKeys, object head)
    {
        using var bytes = new MemoryStream();
        bytes.WriteByte(Version);
        bytes.Write(_digest);
        floorAndKeys.WriteTo(bytes, head);
        return bytes.Length > MaxBytes ? null : Convert.ToBase64String(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    /// <exception cref="GenerationFailedException">The text is not a checkpoint of this statement.</exception>
    public QueryCheckpoint Read(string text)
    {
        try
        {
            using var bytes = new MemoryStream(Convert.FromBase64String(text));
            var digest = new byte[DigestBytes];
            if (bytes.ReadByte() != Version || bytes.Read(digest) < DigestBytes)
                throw CreateFailure("The text could not be continued.", "The state of the interrupted generation is not valid.");
            if (!digest.AsSpan().SequenceEqual(_digest))
                throw CreateFailure("The source's statement has changed.", "The source was configured differently when the generation was interrupted.");
            var keys = KeyList.Create(options.FirstKey).Read(bytes).Take(MaxKeys + 1).ToList();
            if (keys.Count is < 2 or > MaxKeys)
                throw new FormatException("The keys are not complete.");
            return new QueryCheckpoint(keys[0], keys[^1], keys[1..^1]);
        }
        catch (FormatException)
        {
            throw CreateFailure("The text could not be continued.", "The state of the interrupted generation is not valid.");
        }
    }

    private static GenerationFailedException CreateFailure(string title, string detail) =>
        new(ProblemTypes.SourceFailed, title, $"{detail} The text up to here is complete.");
}
