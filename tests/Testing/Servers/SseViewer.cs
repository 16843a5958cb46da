using System.Net;
using System.Net.ServerSentEvents;

namespace SseStreaming.Testing.Servers;

/// <summary>A viewer that uses <see cref="HttpClient"/> and the framework's SSE parser, as typical clients do.</summary>
internal sealed class SseViewer : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _items;

    private SseViewer(HttpResponseMessage response, Stream body)
    {
        _response = response;
        _items = SseParser.Create(body).EnumerateAsync().GetAsyncEnumerator();
    }

    /// <summary>Opens <c>/sse</c> or the events of a stream, and asserts that the request succeeds.</summary>
    public static Task<SseViewer> OpenAsync(RunningServer server, string path, string? lastEventId = null) =>
        OpenAsync(server, Ask.Get(path, lastEventId));

    public static Task<SseViewer> OpenAsync(RunningServer server, HttpRequestMessage request) => OpenAsync(server.Client, request);

    public static async Task<SseViewer> OpenAsync(HttpClient client, HttpRequestMessage request)
    {
        request.Headers.Accept.ParseAdd("text/event-stream");
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Eventually.Limit);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), () => response.Content.ReadAsStringAsync().Result);
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("text/event-stream"));
        return new SseViewer(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event; null when the response ended properly. Throws if the response was aborted.</summary>
    public async Task<SseItem<string>?> NextAsync() =>
        await _items.MoveNextAsync().AsTask().WaitAsync(Eventually.Limit) ? _items.Current : null;

    /// <summary>The next event; fails if the response has ended.</summary>
    public async Task<SseItem<string>> ExpectAsync() =>
        await NextAsync() ?? throw new AssertionException("The response ended.");

    public Task<List<SseItem<string>>> ReadToEndAsync() => ReadAllAsync().WaitAsync(Eventually.Limit);

    public async ValueTask DisposeAsync()
    {
        // The response is disposed first: that aborts the connection and a pending read.
        _response.Dispose();
        await _items.DisposeAsync();
    }

    private async Task<List<SseItem<string>>> ReadAllAsync()
    {
        var items = new List<SseItem<string>>();
        while (await NextAsync() is { } item)
            items.Add(item);
        return items;
    }
}
