using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text;

namespace SseStreaming.Client;

/// <summary>
/// The events of one stream, each once and in order, over as many connections as that takes. It has one reader; the events are not
/// fetched faster than that reads them. Leaving the loop closes the connection, and leaves the generation to the server's grace.
/// </summary>
/// <remarks>The loop ends after <see cref="CompletedEvent"/> or <see cref="StoppedEvent"/>, and throws a <see cref="TextStreamException"/> otherwise.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer needs no disposal.")]
public sealed class TextStream : IAsyncEnumerable<TextStreamEvent>
{
    private readonly ServerConnector _server;
    private readonly StartOfStream? _start;
    private readonly InactivityLimit _inactivity;
    private readonly ReconnectPolicy _policy;
    private readonly StringBuilder _passage = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly TaskCompletionSource<string> _identified = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private EventConnection? _connection;
    private int _isRead;

    internal TextStream(ServerConnector server, StartOfStream start)
        : this(server) => _start = start;

    internal TextStream(ServerConnector server, string streamId, string? lastEventId)
        : this(server)
    {
        LastEventId = lastEventId;
        Identify(streamId);
    }

    private TextStream(ServerConnector server)
    {
        _server = server;
        _inactivity = new InactivityLimit(server.Options.InactivityTimeout);
        _policy = new ReconnectPolicy(server.Options);
    }

    /// <summary>Id of the stream; null until the server has accepted the request.</summary>
    public string? StreamId { get; private set; }

    /// <summary>Id of the last event that was read, for <see cref="TextStreamClient.Open"/>; null before the first one.</summary>
    public string? LastEventId { get; private set; }

    /// <summary>All segments that were read, concatenated.</summary>
    public string Passage => _passage.ToString();

    /// <summary>Called before each delay after which the stream reconnects, with the error and the delay.</summary>
    public Action<TextStreamException, TimeSpan>? Reconnecting { get; set; }

    /// <summary>Reads the events.</summary>
    /// <exception cref="InvalidOperationException">The stream already has a reader.</exception>
    public async IAsyncEnumerator<TextStreamEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isRead, 1) != 0)
            throw new InvalidOperationException("A stream has one reader. Open it again for a second one.");

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        try
        {
            while (await ReadNextAsync(ended.Token, cancellationToken).ConfigureAwait(false) is { } next)
            {
                yield return next;
                switch (next)
                {
                    case FailedEvent failed:
                        throw new TextStreamFailedException(failed.Problem);
                    case CompletedEvent or StoppedEvent:
                        yield break;
                }
            }
        }
        finally
        {
            await DisconnectAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Stops the generation, and returns when the server has confirmed it. The reader then gets the last events. If the stream has no id
    /// within the time limit, its reader ends, and the server stops the generation after its grace.
    /// </summary>
    /// <exception cref="TextStreamException">The server refused, or did not confirm within the time limit.</exception>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            var options = _server.Options;
            var streamId = await _identified.Task.WaitAsync(options.StopTimeout, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            await _server.StopAsync(streamId, cancellationToken).ConfigureAwait(false);
            // The end is an event of the stream: a reader that waits to reconnect reads it now.
            _stopped.TrySetResult();
        }
        catch (TimeoutException)
        {
            await _closed.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The next event; null if none follows, or if a stop has closed the stream.</summary>
    private async ValueTask<TextStreamEvent?> ReadNextAsync(CancellationToken ended, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (_connection is null && !await ConnectAsync(ended).ConfigureAwait(false))
                    return null;
                if (await _connection!.ReadAsync().ConfigureAwait(false) is not { } item)
                    throw new TextStreamNetworkException("The response ended before the stream did.") { IsEndedByServer = true };
                if (Take(item) is { } next)
                    return next;
            }
            catch (TextStreamException error)
            {
                await DisconnectAsync().ConfigureAwait(false);
                if (_policy.NextDelay(error) is not { } delay)
                    throw;
                Reconnecting?.Invoke(error, delay);
                await WaitAsync(delay, ended).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_closed.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return null;
            }
        }
    }

    /// <summary>False if the caller already has the last event of the stream.</summary>
    private async Task<bool> ConnectAsync(CancellationToken cancellationToken)
    {
        var response = await _server.OpenAsync(_start, StreamId, LastEventId, _inactivity, cancellationToken).ConfigureAwait(false);
        if (response is null)
            return false;
        _connection = await EventConnection.CreateAsync(response, _inactivity, _server.Options, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async ValueTask DisconnectAsync()
    {
        if (_connection is not { } connection)
            return;
        _connection = null;
        if (connection.ReconnectionInterval is { Ticks: >= 0 } retry)
            _policy.SetFirstDelay(retry);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private TextStreamEvent? Take(SseItem<string> item)
    {
        var next = EventReader.Read(item, item.EventId ?? LastEventId ?? "");
        var limit = _server.Options.MaxPassageCharacters;
        if (next is SegmentEvent segment)
        {
            if (_passage.Length + segment.Text.Length > limit)
                throw new TextStreamTooLargeException(string.Create(CultureInfo.InvariantCulture, $"The passage is longer than {limit} characters."));
            _passage.Append(segment.Text);
        }
        LastEventId = item.EventId ?? LastEventId;
        _policy.Reset();
        if (next is StartedEvent { StreamId.Length: > 0 } started)
            Identify(started.StreamId);
        return next;
    }

    private void Identify(string streamId)
    {
        StreamId = streamId;
        _identified.TrySetResult(streamId);
    }

    /// <summary>Waits before a reconnect, which a stop ends.</summary>
    private async Task WaitAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        var elapsed = Task.Delay(delay, _server.Options.TimeProvider, cancellationToken);
        if (await Task.WhenAny(elapsed, _stopped.Task).ConfigureAwait(false) == elapsed)
            await elapsed.ConfigureAwait(false);
    }
}
