using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using NUnit.Framework;

namespace SseStreaming.Testing;

/// <summary>Requests other than those of viewers; they are repeated while the server is not available.</summary>
/// <param name="server">Returns the address of the server for each request.</param>
public sealed class StreamClient(Func<Uri> server)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Has no time-out, because viewers use it, too.</summary>
    public HttpClient Http { get; } = new() { Timeout = Timeout.InfiniteTimeSpan };

    public Viewer View(string stream) => new(Http, stream, server);

    /// <summary>Starts a generation and returns the id of its stream.</summary>
    public Task<string> StartAsync(int words, int pace, string onDisconnect = "continue") => StartAsync(new { words, pace, onDisconnect });

    public static HttpRequestMessage StartRequest(Uri address, object options, string key) => new(HttpMethod.Post, address)
    {
        Headers = { { "Idempotency-Key", key } },
        Content = JsonContent.Create(options),
    };

    /// <summary>Starts a generation; the idempotency key makes retries safe.</summary>
    public async Task<string> StartAsync(object options)
    {
        var key = Guid.NewGuid().ToString("N");
        using var response = await AskAsync(() => StartRequest(new Uri(server(), "/streams"), options, key));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created).Or.EqualTo(HttpStatusCode.OK), () => response.Content.ReadAsStringAsync().Result);
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    public async Task<JsonElement> GetStateAsync(string stream)
    {
        using var response = await GetAsync($"/streams/{stream}");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    public async Task<string> GetTextAsync(string stream)
    {
        using var response = await GetAsync($"/streams/{stream}/text");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>Requests the events after the given one, and returns only the status.</summary>
    public async Task<HttpStatusCode> ResumeAsync(string stream, string lastEventId)
    {
        using var response = await GetAsync($"/streams/{stream}/events", lastEventId);
        return response.StatusCode;
    }

    public async Task StopAsync(string stream)
    {
        using var response = await AskAsync(() => new HttpRequestMessage(HttpMethod.Delete, new Uri(server(), $"/streams/{stream}")));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
    }

    private Task<HttpResponseMessage> GetAsync(string path, string? lastEventId = null) => AskAsync(() =>
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server(), path));
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        return request;
    });

    private async Task<HttpResponseMessage> AskAsync(Func<HttpRequestMessage> create)
    {
        HttpResponseMessage? answer = null;
        await Eventually.Happens(async () =>
        {
            try
            {
                using var request = create();
                answer = await Http.SendAsync(request);
                if (answer.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway))
                    return true;
            }
            catch (Exception exception) when (ConnectionErrors.IsConnectionError(exception))
            {
            }
            await Task.Delay(Pause, TimeProvider.System);
            return false;
        }, "a request was answered");
        return answer!;
    }
}
