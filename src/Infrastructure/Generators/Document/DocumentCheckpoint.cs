using System.Globalization;

namespace SseStreaming.Infrastructure.Generators.Document;

/// <summary>A position in a version of a file.</summary>
/// <param name="Length">Length of the file in bytes.</param>
/// <param name="LastWriteTicks">Time of the last write, in UTC ticks.</param>
/// <param name="Offset">Offset of a byte that begins a character.</param>
/// <param name="Characters">UTF-16 code units of the text before that byte.</param>
internal readonly record struct DocumentCheckpoint(long Length, long LastWriteTicks, long Offset, long Characters)
{
    private const char Separator = ':';

    public static bool TryParse(string text, out DocumentCheckpoint checkpoint)
    {
        checkpoint = default;
        var parts = text.Split(Separator);
        var numbers = new long[4];
        if (parts.Length != numbers.Length)
            return false;
        for (var i = 0; i < numbers.Length; i++)
        {
            if (!long.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
                return false;
        }
        checkpoint = new DocumentCheckpoint(numbers[0], numbers[1], numbers[2], numbers[3]);
        return true;
    }

    public bool IsOfSameFile(DocumentCheckpoint other) => (Length, LastWriteTicks) == (other.Length, other.LastWriteTicks);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Length}{Separator}{LastWriteTicks}{Separator}{Offset}{Separator}{Characters}");
}
