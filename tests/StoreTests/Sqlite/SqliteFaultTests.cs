using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using static SseStreaming.StoreTests.Sqlite.SqliteBench;

namespace SseStreaming.StoreTests.Sqlite;

public sealed class SqliteFaultTests
{
    [Test]
    public async Task LockedDatabase_IsUnavailable_AndThenWorksAgain()
    {
        await using var bench = new SqliteBench();
        var streamId = await bench.CreateAsync();
        using var other = bench.Connect();
        Run(other, "begin exclusive");

        Assert.That(async () => await bench.AppendAsync(Segments(streamId, 2, "word")), Throws.TypeOf<StoreUnavailableException>());
        Assert.That(async () => await bench.CreateAsync(), Throws.TypeOf<StoreUnavailableException>());
        Assert.That((await bench.FindAsync(streamId))!.Extent.Last, Is.EqualTo(1), "it can still be read");
        Run(other, "rollback");

        Assert.That(await bench.AppendAsync(Segments(streamId, 2, "word")), Is.EqualTo(AppendResult.Appended));
        Assert.That(await bench.ReadAllAsync(streamId), Is.EqualTo(["{}", "word"]));
    }

    [Test]
    public async Task FullDisk_IsUnavailable_ButNotForWhatFits_AndThenWorksAgain()
    {
        await using var bench = new SqliteBench();
        var large = await bench.CreateAsync();
        var small = await bench.CreateAsync();
        var text = new string('x', 100_000);
        var bytes = bench.Database.Capacity.Bytes;
        await LimitPagesAsync(bench, 12);

        Task<AppendResult> tooMuch, fits;
        await using (await bench.HoldWriterAsync())
        {
            tooMuch = bench.AppendAsync(Segments(large, 2, text));
            fits = bench.AppendAsync(Segments(small, 2, "word"));
        }
        Assert.That(async () => await tooMuch, Throws.TypeOf<StoreUnavailableException>());
        Assert.That(await fits, Is.EqualTo(AppendResult.Appended));
        Assert.That(bench.Database.Capacity.Bytes, Is.LessThan(bytes + text.Length), "what was not kept does not count");

        await LimitPagesAsync(bench, 1_000_000);
        Assert.That(await bench.AppendAsync(Segments(large, 2, text)), Is.EqualTo(AppendResult.Appended));
        Assert.That(await bench.ReadAllAsync(large), Is.EqualTo(["{}", text]));
        Assert.That(await bench.ReadAllAsync(small), Is.EqualTo(["{}", "word"]));
    }

    [Test]
    public async Task BrokenConnection_IsMadeAnew()
    {
        await using var bench = new SqliteBench();
        var streamId = await bench.CreateAsync();
        var (streams, bytes) = (bench.Database.Capacity.Streams, bench.Database.Capacity.Bytes);

        var broken = bench.Database.Writer.WriteAsync<int>(session =>
        {
            session.Execute("delete from streams");
            bench.Database.Capacity.Add(-1, -1);
            throw new SqliteException("disk I/O error", SQLitePCL.raw.SQLITE_IOERR);
        }, CancellationToken.None);

        Assert.That(async () => await broken.WaitAsync(Limit), Throws.TypeOf<StoreUnavailableException>());
        Assert.That((bench.Database.Capacity.Streams, bench.Database.Capacity.Bytes), Is.EqualTo((streams, bytes)));
        Assert.That(await bench.AppendAsync(Segments(streamId, 2, "word")), Is.EqualTo(AppendResult.Appended));
    }

    [Test]
    public async Task Append_AgainAfterAnUnknownOutcome_IsAppendedOnce()
    {
        await using var bench = new SqliteBench();
        var streamId = await bench.CreateAsync();
        var batch = Segments(streamId, 2, "one", "two");
        await bench.AppendAsync(batch);
        var record = await bench.FindAsync(streamId);

        Assert.That(await bench.AppendAsync(batch), Is.EqualTo(AppendResult.Appended));
        Assert.That(await bench.AppendAsync(Segments(streamId, 2, "one", "other")), Is.EqualTo(AppendResult.Refused), "not the same batch");
        Assert.That(await bench.FindAsync(streamId), Is.EqualTo(record));

        await bench.AppendAsync(End(streamId, 4));
        Assert.That(await bench.AppendAsync(End(streamId, 4)), Is.EqualTo(AppendResult.Appended));
        Assert.That(await bench.AppendAsync(End(streamId, 5)), Is.EqualTo(AppendResult.Refused));
        Assert.That(await bench.ReadAllAsync(streamId), Is.EqualTo(["{}", "one", "two", "{}"]));
    }

    [Test]
    public async Task Create_AgainAfterAnUnknownOutcome_DoesNotJoinItself()
    {
        await using var bench = new SqliteBench();
        var head = bench.NewHead("key");
        for (var i = 0; i < 2; i++)
        {
            var result = await bench.Store.CreateAsync(head, Started(head.Id), CancellationToken.None);
            Assert.That(result, Is.EqualTo(new CreateResult(CreateOutcome.Created)));
        }
        Assert.That(bench.Database.Capacity.Streams, Is.EqualTo(1));
    }

    [Test]
    public async Task MissingEvents_AreAFault_AndNotSkipped()
    {
        await using var bench = new SqliteBench();
        var streamId = await bench.CreateAsync();
        for (var i = 2; i < 6; i++)
            await bench.AppendAsync(Segments(streamId, i, $"{i}"));
        using (var other = bench.Connect())
            Run(other, "delete from blocks where first = 3");

        Assert.That(async () => await bench.Store.ReadAsync(streamId, 0, CancellationToken.None), Throws.TypeOf<InvalidDataException>());
        Assert.That(async () => await bench.Store.ReadAsync(streamId, 2, CancellationToken.None), Throws.TypeOf<InvalidDataException>());
        Assert.That(await bench.ReadAllAsync(streamId, after: 3), Is.EqualTo(["4", "5"]));
    }

    [Test]
    public async Task SecondProcess_OnTheSameFolder_IsRefused()
    {
        await using var bench = new SqliteBench();
        Assert.That(() => new SqliteBench(folder: bench.Folder),
            Throws.TypeOf<OptionsValidationException>().With.Message.Contains($"DataFolder is '{bench.Folder}'").And.Message.Contains("another process"));
    }

    [Test]
    public void DataFolder_ThatIsAFile_IsRefused()
    {
        var file = Path.GetTempFileName();
        try
        {
            Assert.That(() => new SqliteBench(folder: file), Throws.TypeOf<OptionsValidationException>().With.Message.StartsWith("DataFolder is "));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static Task<object?> LimitPagesAsync(SqliteBench bench, int pages) =>
        bench.Database.Writer.WriteAsync(session => session.Scalar($"pragma max_page_count = {pages}"), CancellationToken.None);
}
