using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using static SseStreaming.StoreTests.Sqlite.SqliteFixture;

namespace SseStreaming.StoreTests.Sqlite;

public sealed class SqliteFaultTests
{
    [Test]
    public async Task LockedDatabase_IsUnavailable_UntilItIsUnlocked()
    {
        await using var fixture = new SqliteFixture();
        var streamId = await fixture.CreateAsync();
        using var other = fixture.Connect();
        Run(other, "begin exclusive");

        Assert.That(async () => await fixture.AppendAsync(Segments(streamId, 2, "word")), Throws.TypeOf<StoreUnavailableException>());
        Assert.That(async () => await fixture.CreateAsync(), Throws.TypeOf<StoreUnavailableException>());
        Assert.That((await fixture.FindAsync(streamId))!.Extent.Last, Is.EqualTo(1), "reads still work");
        Run(other, "rollback");

        Assert.That(await fixture.AppendAsync(Segments(streamId, 2, "word")), Is.EqualTo(AppendResult.Appended));
        Assert.That(await fixture.ReadAllAsync(streamId), Is.EqualTo(["{}", "word"]));
    }

    [Test]
    public async Task FullDisk_FailsOnlyWritesThatDoNotFit_UntilThereIsSpace()
    {
        await using var fixture = new SqliteFixture();
        var large = await fixture.CreateAsync();
        var small = await fixture.CreateAsync();
        var text = new string('x', 100_000);
        var bytes = fixture.Database.Capacity.Bytes;
        await LimitPagesAsync(fixture, 12);

        Task<AppendResult> tooLarge, fits;
        await using (await fixture.BlockWriterAsync())
        {
            tooLarge = fixture.AppendAsync(Segments(large, 2, text));
            fits = fixture.AppendAsync(Segments(small, 2, "word"));
        }
        Assert.That(async () => await tooLarge, Throws.TypeOf<StoreUnavailableException>());
        Assert.That(await fits, Is.EqualTo(AppendResult.Appended));
        Assert.That(fixture.Database.Capacity.Bytes, Is.LessThan(bytes + text.Length), "a failed write does not count");

        await LimitPagesAsync(fixture, 1_000_000);
        Assert.That(await fixture.AppendAsync(Segments(large, 2, text)), Is.EqualTo(AppendResult.Appended));
        Assert.That(await fixture.ReadAllAsync(large), Is.EqualTo(["{}", text]));
        Assert.That(await fixture.ReadAllAsync(small), Is.EqualTo(["{}", "word"]));
    }

    [Test]
    public async Task BrokenConnection_IsReplaced()
    {
        await using var fixture = new SqliteFixture();
        var streamId = await fixture.CreateAsync();
        var (streams, bytes) = (fixture.Database.Capacity.Streams, fixture.Database.Capacity.Bytes);

        var broken = fixture.Database.Writer.WriteAsync<int>(session =>
        {
            session.Execute("delete from streams");
            fixture.Database.Capacity.Add(-1, -1);
            throw new SqliteException("disk I/O error", SQLitePCL.raw.SQLITE_IOERR);
        }, CancellationToken.None);

        Assert.That(async () => await broken.WaitAsync(Limit), Throws.TypeOf<StoreUnavailableException>());
        Assert.That((fixture.Database.Capacity.Streams, fixture.Database.Capacity.Bytes), Is.EqualTo((streams, bytes)));
        Assert.That(await fixture.AppendAsync(Segments(streamId, 2, "word")), Is.EqualTo(AppendResult.Appended));
    }

    [Test]
    public async Task Append_AgainAfterAnUnknownOutcome_IsAppendedOnce()
    {
        await using var fixture = new SqliteFixture();
        var streamId = await fixture.CreateAsync();
        var batch = Segments(streamId, 2, "one", "two");
        await fixture.AppendAsync(batch);
        var record = await fixture.FindAsync(streamId);

        Assert.That(await fixture.AppendAsync(batch), Is.EqualTo(AppendResult.Appended));
        Assert.That(await fixture.AppendAsync(Segments(streamId, 2, "one", "other")), Is.EqualTo(AppendResult.Refused), "not the same batch");
        Assert.That(await fixture.FindAsync(streamId), Is.EqualTo(record));

        await fixture.AppendAsync(End(streamId, 4));
        Assert.That(await fixture.AppendAsync(End(streamId, 4)), Is.EqualTo(AppendResult.Appended));
        Assert.That(await fixture.AppendAsync(End(streamId, 5)), Is.EqualTo(AppendResult.Refused));
        Assert.That(await fixture.ReadAllAsync(streamId), Is.EqualTo(["{}", "one", "two", "{}"]));
    }

    [Test]
    public async Task Create_AgainAfterAnUnknownOutcome_IsCreated()
    {
        await using var fixture = new SqliteFixture();
        var head = fixture.CreateHead("key");
        for (var i = 0; i < 2; i++)
        {
            var result = await fixture.Store.CreateAsync(head, Started(head.Id), CancellationToken.None);
            Assert.That(result, Is.EqualTo(new CreateResult(CreateOutcome.Created)));
        }
        Assert.That(fixture.Database.Capacity.Streams, Is.EqualTo(1));
    }

    [Test]
    public async Task MissingEvents_AreAnError_NotAGap()
    {
        await using var fixture = new SqliteFixture();
        var streamId = await fixture.CreateAsync();
        for (var i = 2; i < 6; i++)
            await fixture.AppendAsync(Segments(streamId, i, $"{i}"));
        using (var other = fixture.Connect())
            Run(other, "delete from blocks where first = 3");

        Assert.That(async () => await fixture.Store.ReadAsync(streamId, 0, CancellationToken.None), Throws.TypeOf<InvalidDataException>());
        Assert.That(async () => await fixture.Store.ReadAsync(streamId, 2, CancellationToken.None), Throws.TypeOf<InvalidDataException>());
        Assert.That(await fixture.ReadAllAsync(streamId, after: 3), Is.EqualTo(["4", "5"]));
    }

    [Test]
    public async Task SecondProcess_OnTheSameFolder_IsRefused()
    {
        await using var fixture = new SqliteFixture();
        Assert.That(() => new SqliteFixture(folder: fixture.Folder),
            Throws.TypeOf<OptionsValidationException>().With.Message.Contains($"DataFolder is '{fixture.Folder}'").And.Message.Contains("another process"));
    }

    [Test]
    public void DataFolder_ThatIsAFile_IsRefused()
    {
        var file = Path.GetTempFileName();
        try
        {
            Assert.That(() => new SqliteFixture(folder: file), Throws.TypeOf<OptionsValidationException>().With.Message.StartsWith("DataFolder is "));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static Task<object?> LimitPagesAsync(SqliteFixture fixture, int pages) =>
        fixture.Database.Writer.WriteAsync(session => session.Scalar($"pragma max_page_count = {pages}"), CancellationToken.None);
}
