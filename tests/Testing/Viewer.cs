using System.Net;
using System.Net.ServerSentEvents;
using NUnit.Framework;

namespace SseStreaming.Testing;

/// <summary>
/// Watches one stream as an <c>EventSource</c> does: when a response ends or a request fails, it waits and reconnects with the last
/// event id. It fails on any response other than an event stream, and checks the order of all received events.
/// </summary>
public sealed class Viewer
{
    /// <summary>The header in which a proxy names the node that answered.</summary>
    public const string NodeHeader = "X-Node";

    /// <summary>Time limit of a whole stream, including all reconnects.</summary>
    private static readonly TimeSpan Limit = Eventually.Limit * 2;

    private readonly HttpClient _http;
    private readonly Func<HttpRequestMessage> _ask;
    private readonly ViewerCheck _check;
    private readonly HashSet<string> _nodes = [];
    private readonly List<TimeSpan> _waits = [];
    private TimeSpan _retry = TimeSpan.FromMilliseconds(100);

    /// <param name="http">A client without a time-out.</param>
    /// <param name="stream">The stream to watch.</param>
    /// <param name="server">Returns the address of the server for each request.</param>
    public Viewer(HttpClient http, string stream, Func<Uri> server)
        : this(http, stream, () => new HttpRequestMessage(HttpMethod.Get, new Uri(server(), $"/streams/{stream}/events")))
    {
    }

    private Viewer(HttpClient http, string? stream, Func<HttpRequestMessage> ask)
    {
        _http = http;
        _ask = ask;
        _check = new ViewerCheck(stream);
    }

    /// <summary>Returns the number of events after which the viewer aborts a response; null to never abort.</summary>
    public Func<int>? Cut { get; init; }

    /// <summary>Time without any received byte, heartbeats included, after which the viewer considers the connection dead.</summary>
    public TimeSpan Watchdog { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>True to retry when the server answers 503.</summary>
    public bool WaitsForServer { get; init; }

    /// <summary>Number of events after which the viewer disconnects.</summary>
    public int LeavesAfter { get; set; } = int.MaxValue;

    public string Stream => _check.Stream ?? throw new InvalidOperationException("The viewer has not received any event.");

    public string? LastEventId => _check.LastEventId;

    /// <summary>Number of responses that it received.</summary>
    public int Responses { get; private set; }

    /// <summary>The wait before each reconnect, as requested by the server.</summary>
    public IReadOnlyList<TimeSpan> Waits => _waits;

    /// <summary>The nodes that answered, if a proxy names them.</summary>
    public IReadOnlyCollection<string> Nodes => _nodes;

    public IReadOnlyList<SeenEvent> Seen => _check.Seen;

    public int Count => _check.Count;

    public bool HasEnded => _check.HasEnded;

    /// <summary>The concatenated text of all segments.</summary>
    public string Passage => string.Concat(Seen.Where(item => item.IsSegment).Select(item => item.Data));

    /// <summary>The last event, which must be a terminal one. Must not be used during <see cref="WatchAsync"/>.</summary>
    public SeenEvent Ending => HasEnded ? Seen[^1] : throw new InvalidOperationException("The viewer has not received the terminal event.");

    /// <summary>A viewer that starts the generation itself, and resumes it by the same request, as clients do that read the response of a POST.</summary>
    public static Viewer Starting(HttpClient http, Func<HttpRequestMessage> start, TimeSpan watchdog) => new(http, null, start) { Watchdog = watchdog };

    /// <summary>Watches until the terminal event or until <see cref="LeavesAfter"/>. It may be called again afterwards.</summary>
    public async Task WatchAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        var fault = "none";
        while (true)
        {
            try
            {
                fault = await WatchOnceAsync(limit.Token) ?? fault;
            }
            catch (Exception exception) when (ConnectionErrors.IsConnectionError(exception))
            {
                fault = exception.Message;
            }
            catch (OperationCanceledException) when (!limit.IsCancellationRequested)
            {
                fault = $"no byte was received for {Watchdog}";
            }
            catch (OperationCanceledException)
            {
                throw FailAfter(fault);
            }
            if (HasEnded || Count >= LeavesAfter)
                return;
            _waits.Add(_retry);
            await Task.Delay(_retry, TimeProvider.System, limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (limit.IsCancellationRequested)
                throw FailAfter(fault);
        }
    }

    /// <summary>Reads one response; returns the reason if there was none.</summary>
    private async Task<string?> WatchOnceAsync(CancellationToken cancellationToken)
    {
        using var request = _ask();
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (LastEventId is { } last)
            request.Headers.Add("Last-Event-ID", last);
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(Watchdog);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
        if (WaitsForServer && response.StatusCode == HttpStatusCode.ServiceUnavailable)
            return "the server could not answer";
        if (response.StatusCode != HttpStatusCode.OK || response.Content.Headers.ContentType?.MediaType != "text/event-stream")
            throw _check.CreateFailure($"was answered with {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellationToken)}");
        Responses++;
        if (response.Headers.TryGetValues(NodeHeader, out var nodes))
            _nodes.UnionWith(nodes);

        await using var body = new ReadNotifyingStream(await response.Content.ReadAsStreamAsync(silence.Token), () => silence.CancelAfter(Watchdog));
        await ReadAsync(SseParser.Create(body), silence.Token);
        return null;
    }

    private async Task ReadAsync(SseParser<string> parser, CancellationToken cancellationToken)
    {
        var left = Cut?.Invoke() ?? int.MaxValue;
        try
        {
            await foreach (var item in parser.EnumerateAsync(cancellationToken))
            {
                _check.Add(item);
                if ((--left == 0 && !HasEnded) || Count >= LeavesAfter)
                    return;
            }
        }
        finally
        {
            if (parser.ReconnectionInterval > TimeSpan.Zero)
                _retry = parser.ReconnectionInterval;
        }
    }

    private AssertionException FailAfter(string fault) => _check.CreateFailure($"did not receive the terminal event within {Limit}; the last fault was: {fault}");
}
