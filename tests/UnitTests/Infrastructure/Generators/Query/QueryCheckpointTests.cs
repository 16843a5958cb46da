using System.Globalization;
using Microsoft.Extensions.Logging;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Infrastructure.Generators.Query;

namespace SseStreaming.UnitTests.Infrastructure.Generators.Query;

/// <summary>When a query has a checkpoint, and when it can't be continued from it.</summary>
internal sealed class QueryCheckpointTests
{
    private readonly ScriptedTable _table = new([], key => key);
    private QueryNodes _nodes = null!;

    [SetUp]
    public void SetUp() => _nodes = new QueryNodes(_table);

    [Test]
    public void Rows_ThatDoNotFit_ClearTheCheckpoint_UntilTheyAreSettled()
    {
        const int rows = 500;
        var table = new ScriptedTable([], key => key.ToString("D6", CultureInfo.InvariantCulture) + new string('x', 40)) { PageRows = rows };
        var nodes = new QueryNodes(table) { Options = { KeyType = QueryKeyType.Text } };
        table.Insert(rows);

        // The first piece and the one that restores the checkpoint have no row.
        nodes.RunFor(1 + rows + 1);
        var checkpoints = nodes.Pieces.Select(piece => piece.Checkpoint).ToList();
        table.Insert(3);
        nodes.RunFor(3);

        var cleared = checkpoints.IndexOf("");
        Assert.Multiple(() =>
        {
            Assert.That(checkpoints[..cleared], Has.Count.GreaterThan(50).And.All.Length.InRange(1, 3900));
            Assert.That(checkpoints[(cleared + 1)..^1], Has.Count.GreaterThan(400).And.All.Null);
            Assert.That(checkpoints[^1], Is.Not.Null.And.Not.Empty);
            Assert.That(nodes.Log.Lines.Select(line => line.Level), Is.EqualTo((LogLevel[])[LogLevel.Warning]));
            Assert.That(nodes.Rows, Is.EqualTo(Enumerable.Range(1, rows + 3).Select(i => $"{i}")));
        });
    }

    [Test]
    public void AfterSql_IsExecutedOnce_EvenIfTheNodeDiesBeforeTheFirstRow()
    {
        _nodes.Options.AfterSql = "SELECT max(id) FROM message";
        _table.Insert(3);
        _nodes.RunFor(1);
        Assert.That(_nodes.Rows, Is.Empty);
        _table.Insert(2);

        _nodes.RunFor(2);

        Assert.That(_nodes.Rows, Is.EqualTo((string[])["4", "5"]));
    }

    [Test]
    public void ZeroWindow_ContinuesAfterTheHighestKey()
    {
        _nodes.Options.LateWindow = TimeSpan.Zero;
        _table.Insert(5);
        _nodes.RunFor(1 + 3);

        _nodes.RunFor(2);

        Assert.That(_nodes.Rows, Is.EqualTo((string[])["1", "2", "3", "4", "5"]));
    }

    [TestCase(nameof(QueryOptions.Sql), "SELECT id, title FROM message WHERE id > @after")]
    [TestCase(nameof(QueryOptions.AfterSql), "SELECT 7")]
    [TestCase(nameof(QueryOptions.After), "7")]
    [TestCase(nameof(QueryOptions.KeyType), QueryKeyType.Text)]
    [TestCase(nameof(QueryOptions.Provider), QueryProvider.Sqlite)]
    public void Continue_WithAnotherStatement_Fails(string setting, object value)
    {
        _table.Insert(3);
        _nodes.RunFor(2);
        typeof(QueryOptions).GetProperty(setting)!.SetValue(_nodes.Options, value);

        Assert.That(
            () => _nodes.RunFor(1),
            Throws.InstanceOf<GenerationFailedException>()
                .With.Property(nameof(GenerationFailedException.Title)).EqualTo("The source's statement has changed.")
                .And.Property(nameof(GenerationFailedException.ProblemType)).EqualTo(ProblemTypes.SourceFailed));
    }

    [Test]
    public void Continue_WithAnotherConnectionString_IsPossible()
    {
        _table.Insert(3);
        _nodes.RunFor(2);
        _nodes.Options.ConnectionString = "Host=other";

        _nodes.RunFor(2);

        Assert.That(_nodes.Rows, Is.EqualTo((string[])["1", "2", "3"]));
    }

    [Test]
    public void MaxDuration_CountsFromTheStartOfTheGeneration()
    {
        var start = _nodes.Time.GetUtcNow();
        _nodes.Options.MaxDuration = TimeSpan.FromSeconds(10);
        _nodes.RunFor(1);
        _nodes.Time.Advance(TimeSpan.FromSeconds(6));

        var hasDied = _nodes.RunFor(int.MaxValue);

        Assert.That((hasDied, _nodes.Pieces[^1].Finish?.Reason), Is.EqualTo((false, "duration")));
        Assert.That(_nodes.Time.GetUtcNow() - start, Is.InRange(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10.1)));
    }

    [Test]
    public void MaxDuration_ThatHasPassedBeforeTheTakeOver_EndsTheGenerationAtOnce()
    {
        _nodes.Options.MaxDuration = TimeSpan.FromSeconds(10);
        _nodes.RunFor(1);
        _nodes.Time.Advance(TimeSpan.FromHours(1));
        _table.Insert(1);

        _nodes.RunFor(int.MaxValue);

        Assert.That((_nodes.Rows.Count, _nodes.Pieces[^1].Finish?.Reason), Is.EqualTo((0, "duration")));
    }
}
