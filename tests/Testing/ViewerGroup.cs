using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using NUnit.Framework;

namespace SseStreaming.Testing;

/// <summary>Streams that are started at the same time, each with several viewers from its beginning.</summary>
public sealed class ViewerGroup
{
    private static readonly string[] Modes = ["continue", "stop"];

    private readonly StreamClient _client;
    private readonly Task<Viewer[]>[] _watching;
    private readonly ConcurrentQueue<Viewer> _viewers;

    private ViewerGroup(StreamClient client, Task<Viewer[]>[] watching, ConcurrentQueue<Viewer> viewers)
    {
        _client = client;
        _watching = watching;
        _viewers = viewers;
    }

    /// <param name="client">Starts the streams, and reads their state and text.</param>
    /// <param name="create">Creates a viewer of a stream.</param>
    /// <param name="streams">Number of streams.</param>
    /// <param name="viewers">Number of viewers per stream.</param>
    /// <param name="pace">Milliseconds between two words.</param>
    /// <param name="words">Returns the number of words of the next stream.</param>
    public static ViewerGroup Start(StreamClient client, Func<string, Viewer> create, int streams, int viewers, int pace, Func<int> words) =>
        Start(client, create, viewers, Enumerable.Range(0, streams).Select(i => (object)new { words = words(), pace, onDisconnect = Modes[i % Modes.Length] }));

    /// <summary>Starts one stream for each of the given options.</summary>
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

    /// <summary>The viewers of all streams that have been started so far.</summary>
    public IEnumerable<Viewer> Viewers => _viewers;

    /// <summary>Waits until all viewers received the terminal event, and compares what they received with each other and with the stored text.</summary>
    public async Task<ViewerSummary> CheckAsync(params string[] endings)
    {
        var summary = new ViewerSummary();
        foreach (var watching in _watching)
        {
            var viewers = await watching;
            await CheckAsync(_client, viewers, endings);
            summary.Add(viewers);
        }
        return summary;
    }

    /// <summary>Compares what all viewers of one ended stream received with each other and with the stored text.</summary>
    public static async Task CheckAsync(StreamClient client, IReadOnlyList<Viewer> viewers, params string[] endings)
    {
        var stream = viewers[0].Stream;
        var text = await client.GetTextAsync(stream);
        var state = await client.GetStateAsync(stream);
        foreach (var viewer in viewers)
        {
            Assert.That(viewer.Passage, Is.EqualTo(text), $"text that a viewer of {stream} received, compared with the stored text");
            Assert.That(viewer.LastEventId, Is.EqualTo(state.GetProperty("lastEventId").GetString()));
            Assert.That(viewer.Ending.Data, Is.EqualTo(viewers[0].Ending.Data));
        }

        var ending = viewers[0].Ending;
        Assert.That(ending.Type, Is.AnyOf(endings), () => $"{stream}: {ending.Data}");
        Assert.That(state.GetProperty("status").GetString(), Is.EqualTo(ending.Type));
        var data = JsonDocument.Parse(ending.Data).RootElement;
        Assert.That(data.GetProperty("segments").GetInt64(), Is.EqualTo(ending.Sequence - 2));
        Assert.That(data.GetProperty("characters").GetInt64(), Is.EqualTo(text.Length));
        if (ending.Type == "failed")
            Assert.That(data.GetProperty("type").GetString(), Does.EndWith(":interrupted"));
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
