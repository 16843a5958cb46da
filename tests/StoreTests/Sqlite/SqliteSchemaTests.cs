using Microsoft.Extensions.Options;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores;
using SseStreaming.Infrastructure.Stores.Sqlite;
using SseStreaming.Infrastructure.Stores.Sqlite.Schema;
using SseStreaming.Testing;
using static SseStreaming.StoreTests.Sqlite.SqliteBench;

namespace SseStreaming.StoreTests.Sqlite;

public sealed class SqliteSchemaTests
{
    private string _folder = null!;

    private string File => Path.Combine(_folder, "streams.db");

    [SetUp]
    public void MakeFolder() => _folder = NewFolder();

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    /// <summary>
    /// The file was written by the first version of this store. It has two streams, whose ids are 16 bytes of 1 and of 2: the
    /// started event, 39 segments one by one, then two at once; the first one is closed, and has an idempotency key.
    /// </summary>
    [Test]
    public async Task DatabaseOfAnOlderVersion_IsUpgraded_WithAllThatItHas()
    {
        System.IO.File.Copy(Path.Combine(TestContext.CurrentContext.TestDirectory, "Sqlite", "version-1.db"), File);
        var (closed, open) = (IdOf(1), IdOf(2));
        string[] texts = ["{}", .. Enumerable.Range(2, 39).Select(i => $"word-{i} "), "two ", "at once"];

        await using var bench = new SqliteBench(folder: _folder);
        Assert.That(UserVersion(), Is.EqualTo(SqliteSchemaMigrator.Version));
        Assert.That(await bench.ReadAllAsync(open), Is.EqualTo(texts));
        Assert.That(await bench.ReadAllAsync(closed), Is.EqualTo((string[])[.. texts, "{}"]));
        var record = await bench.FindAsync(closed);
        Assert.That(record, Is.EqualTo(new StreamRecord(
            new StreamHead(closed, "lorem", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)) { Idempotency = new Idempotency("key-1", "digest-1") },
            new StreamExtent(1, 43, true), EventKind.Completed, 41, string.Concat(texts[1..]).Length)));

        Assert.That((record!.Head.Owner, record.Head.IsShared), Is.EqualTo(((string?)null, false)), "what was there before is nobody's");

        Assert.That((await bench.Cluster.TakeOverAsync(CancellationToken.None)).Single().Head.Id, Is.EqualTo(open));
        Assert.That(await bench.AppendAsync(End(open, 43)), Is.EqualTo(AppendResult.Appended));
        bench.Time.Advance(TimeSpan.FromDays(3650));
        Assert.That(await bench.Store.DropExpiredAsync(CancellationToken.None), Is.EqualTo(2));
        Assert.That(await bench.FindAsync(open), Is.Null);
    }

    [Test]
    public async Task DatabaseOfANewerVersion_IsRefused_NamingBoth()
    {
        await using (new SqliteBench(folder: _folder))
        {
        }
        Execute("pragma user_version = 99");

        Assert.That(() => new SqliteBench(folder: _folder), Throws.TypeOf<OptionsValidationException>().With.Message.EqualTo(
            $"DataFolder is '{_folder}': streams.db has schema version 99, made by a newer version of this server; this one knows up to version {SqliteSchemaMigrator.Version}."));
        Assert.That(UserVersion(), Is.EqualTo(99), "it is left as it is");

        Execute($"pragma user_version = {SqliteSchemaMigrator.Version}");
        await using var bench = new SqliteBench(folder: _folder);
        Assert.That(await bench.CreateAsync(), Is.Not.Default, "what was refused let go of the folder");
    }

    [Test]
    public void FileThatIsNoDatabase_IsRefused()
    {
        System.IO.File.WriteAllText(File, string.Concat(Enumerable.Repeat("This is no database. ", 100)));
        Assert.That(() => new SqliteBench(folder: _folder), Throws.TypeOf<OptionsValidationException>().With.Message.Contains("streams.db can't be opened"));
    }

    [Test]
    public void NewFolder_IsForItsOwnerOnly()
    {
        if (OperatingSystem.IsWindows())
            Assert.Ignore("Windows has access lists, which are inherited.");
        var folder = Path.Combine(_folder, "a", "data");
        using (SqliteDatabase.Open(folder, new SqliteOptions(), new StoreMetrics(new Meters(), TimeProvider.System), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance))
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
