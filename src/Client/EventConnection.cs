using System.Net.ServerSentEvents;

namespace SseStreaming.Client;

/// <summary>One response with events.</summary>
internal sealed class EventConnection : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly WatchedStream _body;
    private readonly IAsyncEnumerator<SseItem<string>> _items;
    private readonly SseParser<string> _parser;

    private EventConnection(HttpResponseMessage response, WatchedStream body, CancellationToken cancellationToken)
    {
        _response = response;
        _body = body;
        _parser = SseParser.Create(body);
        _items = _parser.EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
    }

    /// <summary>The last value of the <c>retry</c> field; infinite if there was none.</summary>
    public TimeSpan ReconnectionInterval => _parser.ReconnectionInterval;

    public static async Task<EventConnection> CreateAsync(
        HttpResponseMessage response, InactivityLimit limit, TextStreamOptions options, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        return new EventConnection(response, new WatchedStream(body, limit, options, cancellationToken), cancellationToken);
    }

    /// <summary>The next complete item; null at the regular end of the response.</summary>
    public async ValueTask<SseItem<string>?> ReadAsync()
    {
        if (!await _items.MoveNextAsync().ConfigureAwait(false))
            return null;
        _body.EventRead();
        return _items.Current;
    }

    public async ValueTask DisposeAsync()
    {
        await _items.DisposeAsync().ConfigureAwait(false);
        await _body.DisposeAsync().ConfigureAwait(false);
        _response.Dispose();
    }
}
