using Microsoft.Extensions.Options;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores.Sqlite.Schema;
using static SseStreaming.StoreTests.Sqlite.SqliteFixture;

namespace SseStreaming.StoreTests.Sqlite;

public sealed class SqliteSchemaTests
{
    private string _folder = null!;

    private string File => Path.Combine(_folder, "streams.db");

    [SetUp]
    public void CreateDataFolder() => _folder = CreateFolder();

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    /// <summary>
    /// The first version of this store wrote the file. It has two streams, whose ids are 16 bytes of 1 and of 2, each with a started event
    /// and 41 segments in 40 appends; the first stream is closed, and has an idempotency key.
    /// </summary>
    [Test]
    public async Task OlderSchema_IsUpgraded_AndItsStreamsAreKept()
    {
        System.IO.File.Copy(Path.Combine(TestContext.CurrentContext.TestDirectory, "Sqlite", "version-1.db"), File);
        var (closed, open) = (IdOf(1), IdOf(2));
        string[] texts = ["{}", .. Enumerable.Range(2, 39).Select(i => $"word-{i} "), "two ", "at once"];

        await using var fixture = new SqliteFixture(folder: _folder);
        Assert.That(UserVersion(), Is.EqualTo(SqliteSchemaMigrator.Version));
        Assert.That(await fixture.ReadAllAsync(open), Is.EqualTo(texts));
        Assert.That(await fixture.ReadAllAsync(closed), Is.EqualTo((string[])[.. texts, "{}"]));
        var record = await fixture.FindAsync(closed);
        Assert.That(record, Is.EqualTo(new StreamRecord(
            new StreamHead(closed, "lorem", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)) { Idempotency = new Idempotency("key-1", "digest-1") },
            new StreamExtent(1, 43, true), EventKind.Completed, 41, string.Concat(texts[1..]).Length)));

        Assert.That((record!.Head.Owner, record.Head.IsShared), Is.EqualTo(((string?)null, false)), "streams of that version have no owner");

        Assert.That((await fixture.Cluster.TakeOverAsync(CancellationToken.None)).Single().Record.Head.Id, Is.EqualTo(open));
        Assert.That(await fixture.AppendAsync(End(open, 43)), Is.EqualTo(AppendResult.Appended));
        fixture.Time.Advance(TimeSpan.FromDays(3650));
        Assert.That(await fixture.Store.DropExpiredAsync(CancellationToken.None), Is.EqualTo(2));
        Assert.That(await fixture.FindAsync(open), Is.Null);
    }

    /// <summary>
    /// The version before requests and checkpoints wrote the file. It has two streams, whose ids are 16 bytes of 1 and of 2, each with a
    /// started event and 4 segments; the first stream is closed.
    /// </summary>
    [Test]
    public async Task Version3_IsUpgraded_AndItsOpenStreamHasNothingToContinueFrom()
    {
        System.IO.File.Copy(Path.Combine(TestContext.CurrentContext.TestDirectory, "Sqlite", "version-3.db"), File);
        var (closed, open) = (IdOf(1), IdOf(2));

        await using var fixture = new SqliteFixture(folder: _folder);

        var taken = (await fixture.Cluster.TakeOverAsync(CancellationToken.None)).Single();
        Assert.That((taken.Record.Head.Id, taken.Record.Extent.Last, taken.Record.Head.IsShared), Is.EqualTo((open, 5, true)));
        Assert.That((taken.Request, taken.Checkpoint, taken.TakeOvers, taken.IsStopRequested), Is.EqualTo(((byte[]?)null, (byte[]?)null, 1, false)));
        Assert.That((await fixture.FindAsync(closed))!.Head, Is.EqualTo(
            new StreamHead(closed, "lorem", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero))
            {
                Idempotency = new Idempotency("key-1", "digest"),
                Owner = "alice",
            }));
        Assert.That(await fixture.Store.AppendAsync(Segments(open, 6, "more"), [1], CancellationToken.None), Is.EqualTo(AppendResult.Appended));
        Assert.That(fixture.FindKept(open).Checkpoint, Is.EqualTo(new byte[] { 1 }));
        Assert.That(await fixture.ReadAllAsync(open), Is.EqualTo(["{}", "word-2 ", "word-3 ", "word-4 ", "word-5 ", "more"]));
    }

    [Test]
    public async Task NewerSchema_IsRefusedInOneLine()
    {
        await using (new SqliteFixture(folder: _folder))
        {
        }
        Execute("pragma user_version = 99");

        Assert.That(() => new SqliteFixture(folder: _folder), Throws.TypeOf<OptionsValidationException>().With.Message.EqualTo(
            $"DataFolder is '{_folder}': streams.db can't be used. Its schema has version 99, but this server knows versions up to {SqliteSchemaMigrator.Version}. Start a newer server."));
        Assert.That(UserVersion(), Is.EqualTo(99), "the refusal changes nothing");

        Execute($"pragma user_version = {SqliteSchemaMigrator.Version}");
        await using var fixture = new SqliteFixture(folder: _folder);
        Assert.That(await fixture.CreateAsync(), Is.Not.Default, "the refusal released the folder");
    }

    [Test]
    public void FileThatIsNotADatabase_IsRefused()
    {
        System.IO.File.WriteAllText(File, string.Concat(Enumerable.Repeat("This is no database. ", 100)));
        Assert.That(() => new SqliteFixture(folder: _folder), Throws.TypeOf<OptionsValidationException>().With.Message.Contains("streams.db can't be used"));
    }

    [Test]
    public async Task NewFolder_IsAccessibleToItsOwnerOnly()
    {
        if (OperatingSystem.IsWindows())
            Assert.Ignore("Windows has inherited access lists instead.");
        var folder = Path.Combine(_folder, "a", "data");
        await using (new SqliteFixture(folder: folder))
        {
#pragma warning disable CA1416 // Ignored above.
            Assert.That(System.IO.File.GetUnixFileMode(folder), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
#pragma warning restore CA1416
        }
    }

    private static StreamId IdOf(byte value) => StreamId.FromBytes(Enumerable.Repeat(value, 16).ToArray());

    private long UserVersion() => (long)Scalar("pragma user_version")!;

    private void Execute(string sql) => Scalar(sql);

    private object? Scalar(string sql)
    {
        using var connection = Connect(_folder);
        return Run(connection, sql);
    }
}
