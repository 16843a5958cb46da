using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.ServerSentEvents;

namespace SseStreaming.ProcessTests.Harness;

/// <summary>
/// Watches one stream as an <c>EventSource</c> does: when a response ends or can't be had it waits and asks again, with the last
/// event id; any other answer than an event stream ends it for good. It holds the server to its word with every event that comes.
/// </summary>
/// <param name="http">Has no time-out.</param>
/// <param name="stream">The stream to watch.</param>
/// <param name="server">Whom to ask, each time anew.</param>
internal sealed class Viewer(HttpClient http, string stream, Func<Uri> server)
{
    /// <summary>For a whole stream, with all that happens to it.</summary>
    private static readonly TimeSpan Limit = Eventually.Limit * 2;

    private readonly Lock _gate = new();
    private readonly List<SeenEvent> _seen = [];
    private readonly HashSet<string> _nodes = [];
    private readonly List<TimeSpan> _waits = [];
    private TimeSpan _retry = TimeSpan.FromMilliseconds(100);
    private string? _lastEventId;

    /// <summary>After how many events of a response it breaks the connection; null to leave it alone.</summary>
    public Func<int>? Cut { get; init; }

    public string Stream => stream;

    public string? LastEventId => _lastEventId;

    /// <summary>Responses that it had.</summary>
    public int Responses { get; private set; }

    /// <summary>How long it waited before each try after the first, as it was told to.</summary>
    public IReadOnlyList<TimeSpan> Waits => _waits;

    /// <summary>The nodes that answered, where a proxy says so.</summary>
    public IReadOnlyCollection<string> Nodes => _nodes;

    public SeenEvent[] Seen
    {
        get
        {
            lock (_gate)
                return [.. _seen];
        }
    }

    public int Count
    {
        get
        {
            lock (_gate)
                return _seen.Count;
        }
    }

    /// <summary>All segments, with nothing between. Not while it watches.</summary>
    public string Passage => string.Concat(_seen.Where(item => item.IsSegment).Select(item => item.Data));

    /// <summary>The last event, when it is a terminal one. Not while it watches.</summary>
    public SeenEvent Ending => HasEnded ? _seen[^1] : throw new InvalidOperationException("It has not seen the end.");

    private bool HasEnded => _seen.Count > 0 && _seen[^1].IsTerminal;

    /// <summary>Watches until the terminal event.</summary>
    public async Task WatchAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        string? fault = null;
        try
        {
            while (true)
            {
                try
                {
                    await WatchOnceAsync(limit.Token);
                }
                catch (Exception exception) when (exception is HttpRequestException or IOException)
                {
                    fault = exception.Message;
                }
                if (HasEnded)
                    return;
                _waits.Add(_retry);
                await Task.Delay(_retry, TimeProvider.System, limit.Token);
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw Wrong($"did not see the end within {Limit}; its last fault was: {fault ?? "none"}");
        }
    }

    private async Task WatchOnceAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server(), $"/streams/{stream}/events"));
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (_lastEventId is not null)
            request.Headers.Add("Last-Event-ID", _lastEventId);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK || response.Content.Headers.ContentType?.MediaType != "text/event-stream")
            throw Wrong($"was answered with {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellationToken)}");
        Responses++;
        if (response.Headers.TryGetValues(Nginx.NodeHeader, out var nodes))
            _nodes.UnionWith(nodes);

        var parser = SseParser.Create(await response.Content.ReadAsStreamAsync(cancellationToken));
        var left = Cut?.Invoke() ?? int.MaxValue;
        try
        {
            await foreach (var item in parser.EnumerateAsync(cancellationToken))
            {
                Take(item);
                if (--left == 0 && !HasEnded)
                    return;
            }
        }
        finally
        {
            if (parser.ReconnectionInterval > TimeSpan.Zero)
                _retry = parser.ReconnectionInterval;
        }
    }

    private void Take(SseItem<string> item)
    {
        if (HasEnded)
        {
            if (item is not { EventId: null, EventType: "message", Data: "[END]" })
                throw Wrong($"got '{item.EventType}' with the id '{item.EventId}' after the terminal event");
            return;
        }
        var expected = string.Create(CultureInfo.InvariantCulture, $"{stream}.{_seen.Count + 1}");
        if (item.EventId != expected)
            throw Wrong($"got '{item.EventType}' with the id '{item.EventId}' where '{expected}' comes next");
        var seen = new SeenEvent(_seen.Count + 1, item.EventType, item.Data, Stopwatch.GetTimestamp());
        if ((seen.Sequence == 1) != (seen.Type == "started") || !(seen.Type == "started" || seen.IsSegment || seen.IsTerminal))
            throw Wrong($"got '{seen.Type}' as event {seen.Sequence}");
        lock (_gate)
            _seen.Add(seen);
        _lastEventId = item.EventId;
    }

    private AssertionException Wrong(string what) => new($"A viewer of {stream}, after event {_seen.Count}, {what}.");
}
