using System.Net;
using System.Net.ServerSentEvents;
using NUnit.Framework;

namespace SseStreaming.Testing;

/// <summary>
/// Watches one stream as an <c>EventSource</c> does: when a response ends or can't be had it waits and asks again, with the last
/// event id; any other answer than an event stream ends it for good. It holds the server to its word with every event that comes.
/// </summary>
public sealed class Viewer
{
    /// <summary>Where a proxy says which node answered.</summary>
    public const string NodeHeader = "X-Node";

    /// <summary>For a whole stream, with all that happens to it.</summary>
    private static readonly TimeSpan Limit = Eventually.Limit * 2;

    private readonly HttpClient _http;
    private readonly Func<HttpRequestMessage> _ask;
    private readonly ViewerCheck _check;
    private readonly HashSet<string> _nodes = [];
    private readonly List<TimeSpan> _waits = [];
    private TimeSpan _retry = TimeSpan.FromMilliseconds(100);

    /// <param name="http">Has no time-out.</param>
    /// <param name="stream">The stream to watch.</param>
    /// <param name="server">Whom to ask, each time anew.</param>
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

    /// <summary>After how many events of a response it breaks the connection; null to leave it alone.</summary>
    public Func<int>? Cut { get; init; }

    /// <summary>After how long without a byte, be it of a heartbeat, it takes the connection for dead.</summary>
    public TimeSpan Watchdog { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>True to ask again when the server says that it can't answer now.</summary>
    public bool WaitsForServer { get; init; }

    /// <summary>After how many events it has seen enough.</summary>
    public int LeavesAfter { get; set; } = int.MaxValue;

    public string Stream => _check.Stream ?? throw new InvalidOperationException("It has not seen anything.");

    public string? LastEventId => _check.LastEventId;

    /// <summary>Responses that it had.</summary>
    public int Responses { get; private set; }

    /// <summary>How long it waited before each try after the first, as it was told to.</summary>
    public IReadOnlyList<TimeSpan> Waits => _waits;

    /// <summary>The nodes that answered, where a proxy says so.</summary>
    public IReadOnlyCollection<string> Nodes => _nodes;

    public IReadOnlyList<SeenEvent> Seen => _check.Seen;

    public int Count => _check.Count;

    public bool HasEnded => _check.HasEnded;

    /// <summary>All segments, with nothing between.</summary>
    public string Passage => string.Concat(Seen.Where(item => item.IsSegment).Select(item => item.Data));

    /// <summary>The last event, which must be a terminal one. Not while it watches.</summary>
    public SeenEvent Ending => HasEnded ? Seen[^1] : throw new InvalidOperationException("It has not seen the end.");

    /// <summary>A viewer that begins the generation itself, and resumes it by the same request, as clients do that read what they POST.</summary>
    public static Viewer Starting(HttpClient http, Func<HttpRequestMessage> start, TimeSpan watchdog) => new(http, null, start) { Watchdog = watchdog };

    /// <summary>Watches until the terminal event, or until it leaves. Then it may be called again.</summary>
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
                fault = $"nothing was heard for {Watchdog}";
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

    /// <summary>One response; the result says why there was none.</summary>
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

    private AssertionException FailAfter(string fault) => _check.CreateFailure($"did not see the end within {Limit}; its last fault was: {fault}");
}
