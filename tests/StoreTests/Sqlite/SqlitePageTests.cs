using System.Text;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using static SseStreaming.StoreTests.Sqlite.SqliteBench;

namespace SseStreaming.StoreTests.Sqlite;

public sealed class SqlitePageTests
{
    [Test]
    public async Task HundredThousandEvents_AreReadInPages_FromAnyPosition()
    {
        const int Count = 100_000;
        await using var bench = new SqliteBench();
        var streamId = await bench.CreateAsync();
        for (var first = 2; first <= Count;)
        {
            // Blocks of all sizes, so that positions fall on their edges and between.
            var size = Math.Min(1 + (first % 97), Count + 1 - first);
            var from = first;
            await bench.AppendAsync(Segments(streamId, first, [.. Enumerable.Range(from, size).Select(i => $"{i} ")]));
            first += size;
        }

        Assert.That((await bench.FindAsync(streamId))!.Extent.Last, Is.EqualTo(Count));
        var all = await bench.ReadAllAsync(streamId);
        Assert.That(all.Skip(1), Is.EqualTo(Enumerable.Range(2, Count - 1).Select(i => $"{i} ")));
        foreach (var after in Enumerable.Range(0, 300).Append(Count / 2).Append(Count - 1))
        {
            var page = await bench.Store.ReadAsync(streamId, after, CancellationToken.None);
            Assert.That(page!.Value.First, Is.EqualTo(after + 1));
            Assert.That(Encoding.UTF8.GetString(page.Value[0].Data.Span), Is.EqualTo(all[after]));
            Assert.That(page.Value.Frames.Length, Is.LessThan(128 * 1024));
        }
        Assert.That((await bench.Store.ReadAsync(streamId, Count, CancellationToken.None))!.Value.IsEmpty, Is.True);
        Assert.That((await bench.Store.ReadAsync(streamId, Count + 5, CancellationToken.None))!.Value.IsEmpty, Is.True);
    }

    [Test]
    public async Task HugeAndEmptySegments_AreKeptAsTheyAre()
    {
        await using var bench = new SqliteBench();
        var streamId = await bench.CreateAsync();
        string[] texts = ["", new string('ü', 5_000_000), "", "\r\n\0", ""];
        for (var i = 0; i < texts.Length; i++)
            Assert.That(await bench.AppendAsync(Segments(streamId, 2 + i, texts[i])), Is.EqualTo(AppendResult.Appended));

        Assert.That(await bench.ReadAllAsync(streamId), Is.EqualTo((string[])["{}", .. texts]));
        Assert.That((await bench.FindAsync(streamId))!.Characters, Is.EqualTo(texts.Sum(text => text.Length)));
    }

    [Test]
    public async Task UnknownStream_IsNull()
    {
        await using var bench = new SqliteBench();
        await bench.CreateAsync();
        var unknown = bench.NewHead().Id;
        Assert.That(await bench.Store.ReadAsync(unknown, 0, CancellationToken.None), Is.Null);
        Assert.That(await bench.FindAsync(unknown), Is.Null);
        Assert.That(await bench.AppendAsync(Segments(unknown, 2, "x")), Is.EqualTo(AppendResult.Refused));
    }
}
