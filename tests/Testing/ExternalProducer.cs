using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using NUnit.Framework;

namespace SseStreaming.Testing;

/// <summary>A client that appends to a stream, and repeats each append until it is confirmed; at random also after that.</summary>
/// <param name="http">A client without a time-out.</param>
/// <param name="id">The name of the producer.</param>
/// <param name="server">Returns the address of the server for each request.</param>
public sealed class ExternalProducer(HttpClient http, string id, Func<Uri> server)
{
    /// <summary>The text of an append, which names its producer and its sequence.</summary>
    public static string TextOf(string id, int sequence) => string.Create(CultureInfo.InvariantCulture, $"{id}:{sequence};");

    /// <summary>The parts of the text of a stream, in their order.</summary>
    public static string[] Parse(string text) => text.Split(';', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Fails unless the parts have each append of each producer once, in order.</summary>
    public static void Check(string text, int producers, int appends)
    {
        var parts = Parse(text).Select(part => part.Split(':')).ToLookup(part => part[0], part => part[1]);
        Assert.That(parts, Has.Count.EqualTo(producers));
        var expected = Enumerable.Range(0, appends).Select(i => i.ToString(CultureInfo.InvariantCulture)).ToList();
        foreach (var producer in parts)
            Assert.That(producer, Is.EqualTo(expected), producer.Key);
    }

    /// <summary>Creates a stream that clients write.</summary>
    public static Task<string> CreateAsync(StreamClient client) => client.StartAsync(new { source = "external" });

    /// <summary>Repeats of an append that was stored already.</summary>
    public int Repeats { get; private set; }

    /// <param name="stream">The stream.</param>
    /// <param name="appends">Number of appends.</param>
    /// <param name="random">Returns a random number below the given one, for repeats without need.</param>
    public async Task AppendAsync(string stream, int appends, Func<int, int> random)
    {
        for (var sequence = 0; sequence < appends; sequence++)
        {
            await AppendOneAsync(stream, sequence);
            if (random(4) == 0)
                await AppendOneAsync(stream, sequence - random(Math.Min(sequence + 1, 3)));
        }
    }

    private Task AppendOneAsync(string stream, int sequence) => Eventually.Happens(async () =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server(), $"/streams/{stream}/segments"))
        {
            Headers = { { "Producer-Id", id }, { "Producer-Epoch", "0" }, { "Producer-Seq", sequence.ToString(CultureInfo.InvariantCulture) } },
            Content = new StringContent(TextOf(id, sequence), Encoding.UTF8, "text/plain"),
        };
        try
        {
            using var response = await http.SendAsync(request);
            if (response.StatusCode is HttpStatusCode.ServiceUnavailable)
                return false;
            var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), answer.ToString());
            Repeats += answer.TryGetProperty("repeated", out _) ? 1 : 0;
            return true;
        }
        catch (Exception exception) when (ConnectionErrors.IsConnectionError(exception))
        {
            return false;
        }
    }, "an append was confirmed");
}
