using System.Text;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Testing;
using static SseStreaming.StoreTests.Sqlite.SqliteFixture;

namespace SseStreaming.StoreTests.Sqlite;

public sealed class SqliteReadTests
{
    [Test]
    public async Task HundredThousandEvents_AreReadInPages_FromAnyPosition()
    {
        const int count = 100_000;
        await using var fixture = new SqliteFixture();
        var streamId = await fixture.CreateAsync();
        for (var first = 2; first <= count;)
        {
            // Blocks of many sizes, so that positions are at their edges and within them.
            var size = Math.Min(1 + (first % 97), count + 1 - first);
            var from = first;
            await fixture.AppendAsync(Segments(streamId, first, [.. Enumerable.Range(from, size).Select(i => $"{i} ")]));
            first += size;
        }

        Assert.That((await fixture.FindAsync(streamId))!.Extent.Last, Is.EqualTo(count));
        var all = await fixture.ReadAllAsync(streamId);
        Assert.That(all.Skip(1), Is.EqualTo(Enumerable.Range(2, count - 1).Select(i => $"{i} ")));
        foreach (var after in Enumerable.Range(0, 300).Append(count / 2).Append(count - 1))
        {
            var page = await fixture.Store.ReadAsync(streamId, after, CancellationToken.None);
            Assert.That(page!.Value.First, Is.EqualTo(after + 1));
            Assert.That(Encoding.UTF8.GetString(page.Value[0].Data.Span), Is.EqualTo(all[after]));
            Assert.That(page.Value.GetFrames().Length, Is.LessThan(128 * 1024));
        }
        Assert.That((await fixture.Store.ReadAsync(streamId, count, CancellationToken.None))!.Value.IsEmpty, Is.True);
        Assert.That((await fixture.Store.ReadAsync(streamId, count + 5, CancellationToken.None))!.Value.IsEmpty, Is.True);
    }

    [Test]
    public async Task HugeAndEmptySegments_AreReadAsTheyWereWritten()
    {
        await using var fixture = new SqliteFixture();
        var streamId = await fixture.CreateAsync();
        string[] texts = ["", new string('ü', 5_000_000), "", "\r\n\0", ""];
        for (var i = 0; i < texts.Length; i++)
            Assert.That(await fixture.AppendAsync(Segments(streamId, 2 + i, texts[i])), Is.EqualTo(AppendResult.Appended));

        Assert.That(await fixture.ReadAllAsync(streamId), Is.EqualTo((string[])["{}", .. texts]));
        Assert.That((await fixture.FindAsync(streamId))!.Characters, Is.EqualTo(texts.Sum(text => text.Length)));
    }

    [Test]
    public async Task UnknownStream_IsNotFound()
    {
        await using var fixture = new SqliteFixture();
        await fixture.CreateAsync();
        var unknown = fixture.CreateHead().Id;
        Assert.That(await fixture.Store.ReadAsync(unknown, 0, CancellationToken.None), Is.Null);
        Assert.That(await fixture.FindAsync(unknown), Is.Null);
        Assert.That(await fixture.AppendAsync(Segments(unknown, 2, "x")), Is.EqualTo(AppendResult.Refused));
    }
}
