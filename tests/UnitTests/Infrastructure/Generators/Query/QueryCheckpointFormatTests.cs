using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using SseStreaming.Application.Generations;
using SseStreaming.Infrastructure.Generators.Query;
using SseStreaming.Infrastructure.Generators.Query.Checkpoints;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Infrastructure.Generators.Query;

internal sealed class QueryCheckpointFormatTests
{
    private static readonly Gen<long> AnyInteger = Gen.OneOf(
        Gen.Elements(long.MinValue, long.MinValue + 1, -1L, 0L, 1L, long.MaxValue - 1, long.MaxValue),
        Gen.Choose(-1000, 1000).Select(key => (long)key),
        Gen.Choose(0, int.MaxValue).Select(key => (long)key * key));

    /// <summary>Runs and single keys, mostly ascending.</summary>
    private static readonly Gen<object[]> IntegerKeys =
        from runs in Gen.ArrayOf(
            from start in Gen.Frequency((1, AnyInteger), (5, Gen.Choose(0, 5000).Select(key => (long)key)))
            from length in Gen.Frequency((1, Gen.Constant(1)), (1, Gen.Choose(2, 300)))
            select (start, length), 30)
        from isSorted in Gen.Elements(true, false)
        let keys = runs.SelectMany(run => Enumerable.Range(0, run.length).Select(i => unchecked(run.start + i))).Distinct()
        select (isSorted ? keys.Order() : keys).Select(key => (object)key).ToArray();

    private static readonly Gen<string> AnyText = Gen.OneOf(
        Texts.Any.Select(Texts.WellFormed),
        Gen.Choose(0, 2000).Select(number => number.ToString("D26", CultureInfo.InvariantCulture)));

    [Test]
    public void IntegerKeys_AreRead_AsTheyWereWritten()
    {
        var cases =
            from floor in AnyInteger
            from head in AnyInteger
            from keys in IntegerKeys
            select ((object)floor, (object)head, keys);
        Always.Holds(cases, ReadsWhatItWrites, tests: 200);
    }

    [Test]
    public void TextKeys_AreRead_AsTheyWereWritten()
    {
        var cases =
            from floor in AnyText
            from head in AnyText
            from keys in Gen.ArrayOf(AnyText, 40)
            select ((object)floor, (object)head, keys.ToArray<object>());
        Always.Holds(cases, ReadsWhatItWrites, tests: 200);
    }

    [Test]
    public void DenseKeys_Fit_WithNineHundredGaps()
    {
        var keys = Enumerable.Range(1, 180_000).Where(key => key % 200 != 0).Select(key => (object)(long)key).ToArray();

        var text = Write(QueryKeyType.Integer, 0L, keys[^1], keys);

        Assert.That(text, Has.Length.InRange(1, QueryCheckpointFormat.MaxCharacters));
        Assert.That(CreateFormat(QueryKeyType.Integer).Read(text!).Keys.SequenceEqual(keys), Is.True);
    }

    [Test]
    public void SparseKeys_TakeOneByteEach()
    {
        var keys = Enumerable.Range(1, 2_800).Select(key => (object)(key * 60L)).ToArray();

        Assert.That(Write(QueryKeyType.Integer, 0L, keys[^1], keys), Has.Length.InRange(1, QueryCheckpointFormat.MaxCharacters));
    }

    [Test]
    public void State_ThatIsTooLong_IsNotWritten([Values] QueryKeyType keyType)
    {
        var keys = Enumerable.Range(1, 100_000).Select(key => keyType is QueryKeyType.Integer ? (object)(key * 60L) : $"{key}-{key}").ToArray();

        Assert.That(Write(keyType, keys[0], keys[^1], keys), Is.Null);
    }

    [Test]
    public void DamagedText_IsRead_OrFailsClearly([Values] QueryKeyType keyType)
    {
        object[] keys = keyType is QueryKeyType.Integer ? [3L, 4L, 5L, 9L, 500L] : ["key-1", "key-2", "kez", "ä"];
        var valid = Convert.FromBase64String(Write(keyType, keys[0], keys[^1], keys)!);
        var cases =
            from length in Gen.Choose(0, valid.Length)
            // Random bytes would be long runs of integers.
            from added in Gen.ArrayOf(Gen.Choose(0, 255).Select(value => (byte)value), keyType is QueryKeyType.Text ? 20 : 1)
            from position in Gen.Choose(0, valid.Length - 1)
            from change in Gen.Choose(0, 255)
            select valid.Select((value, i) => i == position ? (byte)change : value).Take(length).Concat(added).ToArray();
        Always.Holds(cases, bytes =>
        {
            try
            {
                Assert.That(CreateFormat(keyType).Read(Convert.ToBase64String(bytes)).Floor, Is.InstanceOf(keys[0].GetType()));
            }
            catch (GenerationFailedException)
            {
            }
        }, tests: 300);
    }

    [TestCase("")]
    [TestCase("AQ==")]
    [TestCase("not Base64")]
    public void OtherText_Fails(string text) =>
        Assert.That(
            () => CreateFormat(QueryKeyType.Integer).Read(text),
            Throws.InstanceOf<GenerationFailedException>().With.Property(nameof(GenerationFailedException.Title)).EqualTo("The text could not be continued."));

    private static void ReadsWhatItWrites((object Floor, object Head, object[] Keys) state)
    {
        var keyType = state.Floor is long ? QueryKeyType.Integer : QueryKeyType.Text;
        if (Write(keyType, state.Floor, state.Head, state.Keys) is not { } text)
            return;

        var read = CreateFormat(keyType).Read(text);

        Assert.That((read.Floor, read.Head), Is.EqualTo((state.Floor, state.Head)));
        Assert.That(read.Keys, Is.EqualTo(state.Keys));
        Assert.That(text, Has.Length.AtMost(QueryCheckpointFormat.MaxCharacters));
    }

    private static string? Write(QueryKeyType keyType, object floor, object head, object[] keys)
    {
        var list = KeyList.Create(floor);
        list.Restart(floor);
        foreach (var key in keys)
            list.Add(key);
        return CreateFormat(keyType).Write(list, head);
    }

    private static QueryCheckpointFormat CreateFormat(QueryKeyType keyType) => new(new QueryOptions { KeyType = keyType, Sql = "SELECT" });
}
