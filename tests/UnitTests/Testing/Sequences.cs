namespace SseStreaming.UnitTests.Testing;

/// <summary>Async sequences for tests.</summary>
internal static class Sequences
{
    /// <summary>Some numbers, then -1 after a task. The source says when the sequence was disposed.</summary>
    public static async IAsyncEnumerable<int> HangAfter(Task hang, int numbers, TaskCompletionSource? ended = null)
    {
        try
        {
            for (var i = 0; i < numbers; i++)
                yield return i;
            await hang;
            yield return -1;
        }
        finally
        {
            ended?.SetResult();
        }
    }
}
