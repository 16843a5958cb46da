using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using SseStreaming.Infrastructure.Generators.Query;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Infrastructure.Generators.Query;

/// <summary>Every row is read once, wherever nodes die.</summary>
internal sealed class QueryContinuationTests
{
    private static readonly Gen<TableStep> Step =
        from kind in Gen.Frequency(
            (5, Gen.Constant(TableStepKind.Draw)),
            (3, Gen.Constant(TableStepKind.Commit)),
            (1, Gen.Constant(TableStepKind.Rollback)),
            (1, Gen.Constant(TableStepKind.Delete)),
            (2, Gen.Constant(TableStepKind.None)))
        from number in Gen.Choose(0, kind is TableStepKind.Delete ? 100 : 3)
        select new TableStep(kind, number);

    private static readonly Gen<Interruption> AnyInterruption =
        from pieces in Gen.Choose(1, 8)
        from lost in Gen.Choose(0, 3)
        from steps in Gen.Choose(0, 5)
        select new Interruption(pieces, lost, steps);

    [Test]
    public void Interruption_AfterAnyPiece_LosesAndRepeatsNoRow([Values] QueryKeyType keyType) => Always.HoldsForLists(Gen.ArrayOf(Step, 40), script =>
    {
        var pieces = Run(script, keyType, []);
        for (var i = 1; i <= pieces; i++)
            Run(script, keyType, [new Interruption(i, Lost: 0, Steps: 2)]);
    }, tests: 30);

    [Test]
    public void Interruptions_BetweenStoresOfText_LoseAndRepeatNoRow([Values] QueryKeyType keyType)
    {
        var cases =
            from script in Gen.ArrayOf(Step, 60)
            from interruptions in Gen.ArrayOf(AnyInterruption, 20)
            select (script, interruptions);
        Always.Holds(cases, test => Run(test.script, keyType, test.interruptions), tests: 150);
    }

    /// <summary>The only row that was read is deleted while a transaction with a lower key is still open.</summary>
    [Test]
    public void LateRow_BelowADeletedOne_IsNotLost([Values] QueryKeyType keyType, [Range(1, 2)] int interruptedAfter) =>
        Run([new(TableStepKind.Draw, 0), new(TableStepKind.Draw, 1), new(TableStepKind.Commit, 1), new(TableStepKind.Delete, 0), new(TableStepKind.None, 0), new(TableStepKind.None, 0)],
            keyType, [new Interruption(interruptedAfter, Lost: 0, Steps: 1)]);

    /// <returns>The number of pieces.</returns>
    private static int Run(TableStep[] script, QueryKeyType keyType, Interruption[] interruptions)
    {
        var table = new ScriptedTable(script, key => keyType is QueryKeyType.Integer ? key : "key-" + key.ToString("D6", CultureInfo.InvariantCulture));
        var nodes = new QueryNodes(table);
        nodes.Options.KeyType = keyType;

        foreach (var interruption in interruptions)
        {
            if (!nodes.RunFor(interruption.Pieces, table.Ended))
                break;
            nodes.Lose(interruption.Lost);
            for (var i = 0; i < interruption.Steps; i++)
                table.RunNextStep();
        }
        nodes.RunFor(int.MaxValue, table.Ended);

        Assert.That(nodes.Rows, Is.Unique);
        Assert.That(nodes.Rows, Is.SupersetOf(table.Remaining));
        Assert.That(nodes.Rows, Is.SubsetOf(table.Committed));
        return nodes.Pieces.Count;
    }

    /// <param name="Pieces">Pieces that the node generates.</param>
    /// <param name="Lost">Pieces that it has not stored.</param>
    /// <param name="Steps">Steps of the table until the next node continues.</param>
    private sealed record Interruption(int Pieces, int Lost, int Steps);
}
