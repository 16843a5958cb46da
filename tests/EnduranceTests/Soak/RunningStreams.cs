namespace SseStreaming.EnduranceTests.Soak;

/// <summary>The running streams, from which viewers choose.</summary>
/// <param name="client">Starts the streams.</param>
/// <param name="size">The number of concurrent streams.</param>
internal sealed class RunningStreams(StreamClient client, int size)
{
    private const int Pace = 250;
    private const int LeastWords = 40;
    private const int MostWords = 160;

    private readonly Lock _gate = new();
    private readonly List<string> _running = [];
    private int _starting;

    public IReadOnlyList<string> Running
    {
        get
        {
            lock (_gate)
                return [.. _running];
        }
    }

    /// <summary>Returns a running stream; starts a new one if there are fewer than the required number.</summary>
    public async Task<string> ChooseAsync(Random random)
    {
        lock (_gate)
        {
            if (_running.Count > 0 && _running.Count + _starting >= size)
                return _running[random.Next(_running.Count)];
            _starting++;
        }
        var stream = "";
        try
        {
            stream = await client.StartAsync(random.Next(LeastWords, MostWords), Pace, random.Next(2) == 0 ? "continue" : "stop");
        }
        finally
        {
            lock (_gate)
            {
                _starting--;
                if (stream.Length > 0)
                    _running.Add(stream);
            }
        }
        return stream;
    }

    public void Remove(string stream)
    {
        lock (_gate)
            _running.Remove(stream);
    }
}
