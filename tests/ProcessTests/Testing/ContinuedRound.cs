namespace SseStreaming.ProcessTests.Testing;

/// <summary>Generations of every source, each with viewers, whose nodes die or stop meanwhile.</summary>
internal sealed class ContinuedRound
{
    private readonly StreamClient _client;
    private readonly List<Task<Viewer[]>> _watching;

    private ContinuedRound(StreamClient client, List<Task<Viewer[]>> watching)
    {
        _client = client;
        _watching = watching;
    }

    /// <param name="client">Starts the generations.</param>
    /// <param name="sources">Creates the generations.</param>
    /// <param name="ofEach">Number of generations of each source.</param>
    /// <param name="viewers">Number of viewers of each generation.</param>
    /// <param name="next">Random numbers.</param>
    /// <param name="create">Creates a viewer of a stream; by default the client does.</param>
    public static ContinuedRound Start(
        StreamClient client, SourcesThatContinue sources, int ofEach, int viewers, Func<int, int, int> next, Func<string, Viewer>? create = null) => new(
        client, [.. sources.Create(client, ofEach, next).Select(generation => RunAsync(client, generation, viewers, create ?? client.View))]);

    /// <summary>Waits until every generation has its whole text, and each viewer has received each event once.</summary>
    public async Task<ViewerSummary> CheckAsync()
    {
        var summary = new ViewerSummary();
        foreach (var viewers in await Task.WhenAll(_watching))
        {
            await ViewerGroup.CheckAsync(_client, viewers, "completed", "stopped");
            summary.Add(viewers);
        }
        return summary;
    }

    /// <summary>The longest time between two events of a viewer, and the event that ended it.</summary>
    public async Task<(TimeSpan Pause, string Event)> GetLongestPauseAsync() =>
        (await Task.WhenAll(_watching)).SelectMany(viewers => viewers)
        .SelectMany(viewer => viewer.Seen.Zip(viewer.Seen.Skip(1), (a, b) => (TimeProvider.System.GetElapsedTime(a.At, b.At), $"{viewer.Stream}.{b.Sequence} {b.Type} {b.Data}")))
        .MaxBy(pause => pause.Item1);

    private static async Task<Viewer[]> RunAsync(StreamClient client, ContinuedGeneration generation, int count, Func<string, Viewer> create)
    {
        var stream = await client.StartAsync(generation.Options);
        var viewers = Enumerable.Range(0, count).Select(_ => create(stream)).ToArray();
        var watching = Task.WhenAll(viewers.Select(viewer => viewer.WatchAsync()));
        if (generation.IsEndless)
        {
            var text = await generation.Expected();
            await Eventually.Happens(() => watching.IsCompleted || viewers[0].Passage.Length >= text.Length, "the viewer has received the whole text");
            await client.StopAsync(stream);
        }
        await watching;
        Assert.That(viewers[0].Passage, Is.EqualTo(await generation.Expected()), $"text of {stream}, compared with an uninterrupted run; {generation.Options}");
        Assert.That(viewers[0].Ending.Type, Is.EqualTo(generation.IsEndless ? "stopped" : "completed"), $"end of {stream}; {generation.Options}");
        return viewers;
    }
}
