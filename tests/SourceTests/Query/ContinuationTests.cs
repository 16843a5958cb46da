using SseStreaming.Application.Generations;

namespace SseStreaming.SourceTests.Query;

/// <summary>A generation that dies again and again reads every row exactly once.</summary>
internal sealed class ContinuationTests
{
    private TestTable _table = null!;

    [SetUp]
    public async Task Create() => _table = await TestTable.CreateAsync();

    [TearDown]
    public async Task Drop() => await _table.DisposeAsync();

    [Test]
    [Category(TestCategories.Long)]
    public async Task Interruptions_WhileTransactionsCommitOutOfOrder_LoseAndRepeatNoRow()
    {
        const int interruptions = 20;
        var random = new Random(14);
        var writing = OutOfOrderWriters.WriteAsync(_table, writers: 4, perSecond: 1200, seconds: 7);
        IReadOnlyList<GeneratedText> pieces = [];
        for (var interruption = 0; interruption < interruptions; interruption++)
        {
            var follower = Follower.Continue(_table, pieces);
            var enough = follower.Rows.Count + random.Next(1, 350);
            await using (follower)
                await Eventually.Happens(() => follower.Rows.Count >= enough || writing.IsCompleted, "the generator has read more rows");
            Assert.That(follower.Fault, Is.Null);
            // A node stores several pieces at once, so the last ones are lost with it.
            pieces = [.. follower.Pieces.SkipLast(random.Next(0, Math.Min(100, follower.Pieces.Count)))];
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 100)), TimeProvider.System);
        }
        await using var last = Follower.Continue(_table, pieces);
        await last.HasAsync(await writing);
        // A row that is read twice would appear now.
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);

        var checkpoints = last.Pieces.Where(piece => piece.Checkpoint is not null).Select(piece => piece.Checkpoint!.Length).ToList();
        TestContext.Out.WriteLine($"{last.Rows.Count} rows; checkpoints of {checkpoints.Min()} to {checkpoints.Max()} characters, {checkpoints.Average():0} on average");
        Assert.That(last.Rows, Is.EquivalentTo(await _table.ReadKeysAsync()));
    }
}
