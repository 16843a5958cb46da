using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using NUnit.Framework;

namespace SseStreaming.Testing;

/// <summary>Streams that are started at once, each with several viewers from its beginning.</summary>
public sealed class ViewerGroup
{
    private static readonly string[] Modes = ["continue", "stop"];

    private readonly StreamClient _client;
    private readonly Task<Viewer[]>[] _watching;
    private readonly ConcurrentQueue<Viewer> _viewers;

    private ViewerGroup(StreamClient client, Task<Viewer[]>[] shows, ConcurrentQueue<Viewer> viewers)
    {
        _client = client;
        _watching = shows;
        _viewers = viewers;
    }

    /// <param name="client">Asks whomever it is made to ask; so do its viewers.</param>
    /// <param name="create">Makes a viewer of a stream.</param>
    /// <param name="streams">How many streams.</param>
    /// <param name="viewers">How many viewers of each.</param>
    /// <param name="pace">Milliseconds between two words.</param>
    /// <param name="words">The length of each next passage.</param>
    public static ViewerGroup Start(StreamClient client, Func<string, Viewer> create, int streams, int viewers, int pace, Func<int> words) =>
        Start(client, create, viewers, Enumerable.Range(0, streams).Select(i => (object)new { words = words(), pace, onDisconnect = Modes[i % Modes.Length] }));

    /// <summary>The same, of any generations.</summary>
    public static ViewerGroup Start(StreamClient client, Func<string, Viewer> create, int viewers, IEnumerable<object> generations)
    {
        var all = new ConcurrentQueue<Viewer>();
        return new(client, [.. generations.Select(options => WatchAsync(client, Create, viewers, options))], all);

        Viewer Create(string stream)
        {
            var viewer = create(stream);
            all.Enqueue(viewer);
            return viewer;
        }
    }

    public static ViewerGroup Start(StreamClient client, int streams, int viewers, int pace, Func<int> words) =>
        Start(client, client.View, streams, viewers, pace, words);

    /// <summary>Everybody, as soon as the streams have been started.</summary>
    public IEnumerable<Viewer> Viewers => _viewers;

    /// <summary>Waits until everybody saw the end, and checks what they saw against each other and against what is kept.</summary>
    public async Task<ViewerSummary> CheckAsync(params string[] endings)
    {
        var summary = new ViewerSummary();
        foreach (var show in _watching)
        {
            var viewers = await show;
            await CheckAsync(_client, viewers, endings);
            summary.Add(viewers);
        }
        return summary;
    }

    /// <summary>All viewers of one stream, which has ended.</summary>
    public static async Task CheckAsync(StreamClient client, IReadOnlyList<Viewer> viewers, params string[] endings)
    {
        var stream = viewers[0].Stream;
        var text = await client.GetTextAsync(stream);
        var state = await client.GetStateAsync(stream);
        foreach (var viewer in viewers)
        {
            Assert.That(viewer.Passage, Is.EqualTo(text), $"what a viewer of {stream} saw, and what is kept");
            Assert.That(viewer.LastEventId, Is.EqualTo(state.GetProperty("lastEventId").GetString()));
            Assert.That(viewer.Ending.Data, Is.EqualTo(viewers[0].Ending.Data));
        }

        var ending = viewers[0].Ending;
        Assert.That(ending.Type, Is.AnyOf(endings), () => $"{stream}: {ending.Data}");
        Assert.That(state.GetProperty("status").GetString(), Is.EqualTo(ending.Type));
        var said = JsonDocument.Parse(ending.Data).RootElement;
        Assert.That(said.GetProperty("segments").GetInt64(), Is.EqualTo(ending.Sequence - 2));
        Assert.That(said.GetProperty("characters").GetInt64(), Is.EqualTo(text.Length));
        if (ending.Type == "failed")
            Assert.That(said.GetProperty("type").GetString(), Does.EndWith(":interrupted"));
        Assert.That(await client.ResumeAsync(stream, viewers[0].LastEventId!), Is.EqualTo(HttpStatusCode.NoContent));
    }

    private static async Task<Viewer[]> WatchAsync(StreamClient client, Func<string, Viewer> create, int count, object options)
    {
        var stream = await client.StartAsync(options);
        var viewers = Enumerable.Range(0, count).Select(_ => create(stream)).ToArray();
        await Task.WhenAll(viewers.Select(viewer => viewer.WatchAsync()));
        return viewers;
    }
}
