using SseStreaming.Application.Viewers;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Viewers;

internal sealed class ViewerRegistryTests
{
    private static readonly StreamId Stream = StreamId.New();

    private readonly ViewerRegistry _viewers = new();

    [Test]
    public void Of_CountsThoseThatEnteredAndDidNotLeave()
    {
        var first = _viewers.Register(Stream, static _ => { });
        using var second = _viewers.Register(Stream, static _ => { });
        using var other = _viewers.Register(StreamId.New(), static _ => { });
        first.Dispose();

        Assert.That(_viewers.Count(Stream), Is.EqualTo(1));
    }

    [Test]
    public void Dispose_Twice_CountsOnce()
    {
        var changes = 0;
        var first = _viewers.Register(Stream, _ => changes++);
        using var second = _viewers.Register(Stream, static _ => { });

        first.Dispose();
        first.Dispose();

        Assert.That(_viewers.Count(Stream), Is.EqualTo(1));
        Assert.That(changes, Is.EqualTo(1));
    }

    [Test]
    public void HoldAll_CountsOneMoreForEachStreamWithViewers_AndNoneInAll()
    {
        var changed = new List<StreamId>();
        var first = _viewers.Register(Stream, static _ => { });
        var second = _viewers.Register(Stream, static _ => { });
        _viewers.Register(StreamId.New(), static _ => { }).Dispose();

        var held = _viewers.RetainAll(changed.Add);
        Assert.That((held.Count, _viewers.Count(Stream), _viewers.Total), Is.EqualTo((1, 3, 2)));
        first.Dispose();
        second.Dispose();
        Assert.That((_viewers.Count(Stream), _viewers.Total), Is.EqualTo((1, 0)));
        Assert.That(changed, Is.Empty);

        held.ForEach(hold => hold.Dispose());
        Assert.That(_viewers.Count(Stream), Is.Zero);
        Assert.That(changed, Is.EqualTo(new[] { Stream }));
    }

    [Test]
    public async Task WhenNone_CompletesWithTheLastViewer_WhateverIsHeld()
    {
        Assert.That(_viewers.WhenEmptyAsync().IsCompleted, Is.True);
        var first = _viewers.Register(Stream, static _ => { });
        var second = _viewers.Register(StreamId.New(), static _ => { });
        _viewers.RetainAll(static _ => { });
        var none = _viewers.WhenEmptyAsync();

        first.Dispose();
        Assert.That(none.IsCompleted, Is.False);
        second.Dispose();

        await none.Soon();
    }

    [Test]
    public void Changed_RunsAfterTheCountFell()
    {
        var seen = -1;
        var viewer = _viewers.Register(Stream, streamId => seen = _viewers.Count(streamId));

        viewer.Dispose();

        Assert.That(seen, Is.Zero);
    }

    [Test]
    public async Task Of_AfterManyCameAndLeftAtOnce_IsZero()
    {
        var visits = Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
                _viewers.Register(Stream, static _ => { }).Dispose();
        }));

        await Task.WhenAll(visits).Soon();

        Assert.That(_viewers.Count(Stream), Is.Zero);
    }
}
