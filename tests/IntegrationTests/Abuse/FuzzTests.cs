using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using SseStreaming.Application.Contracts;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Abuse;

/// <summary>
/// Sends 100,000 requests whose ids, positions, keys and bodies are random, or are mutations of those of another client's stream.
/// None causes a server error, and none receives any text of that stream.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FuzzTests
{
    private const int Requests = 100_000;
    private const int Workers = 8;
    private const string Text = $"{Canary.Word} is what the other one reads.";

    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(8);

    private static readonly string[] Wrappings =
        ["{0}", "{0}/", "/{0}", "./{0}", "%2e/{0}", "{0}%00", "%20{0}", "{0}%0a", "{0}.", "{0};a=b", "{0}/../{0}", "{0}%2f..", "..%2f{0}", "{0}?", "\"{0}\"", "%22{0}%22", "{0}=", "{0}==", "urn:{0}", "*", ""];

    private readonly ScriptedGenerator _source = new();

    [Test]
    [Category(TestCategories.Long)]
    public async Task RandomOrMutatedRequests_ReceiveNo5xx_AndNoTextOfAnotherStream()
    {
        // Streams that random requests start are short, and end as soon as their viewer disconnects.
        await using var server = RunningServer.Start(
            new Dictionary<string, string> { ["Streams:Grace"] = "00:00:00", ["Limits:RunningGenerationsPerClient"] = "50", ["Streams:MaxStreams"] = "1000000" }, [_source]);
        using var started = await server.Client.SendAsync(Ask.Post("/streams", """{"source":"scripted","onDisconnect":"continue"}""").With("Idempotency-Key", Canary.Word));
        var running = Ask.StartedBy(started);
        (await _source.NextAsync()).Write(Text);
        await Eventually.Happens(async () => (await server.StateAsync(running)).Segments == 1, "the stream has a segment");
        var seed = TestContext.CurrentContext.Random.Next();
        var begun = TimeProvider.System.GetTimestamp();

        var counts = await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            var random = new Random(seed + worker);
            var seen = new Dictionary<int, int>();
            for (var i = 0; i < Requests / Workers; i++)
            {
                using var request = Make(random, running.ToString());
                var status = await SendAsync(server, request);
                seen[status] = seen.GetValueOrDefault(status) + 1;
            }
            return seen;
        }))).WaitAsync(TimeLimit);

        var all = counts.SelectMany(count => count).GroupBy(count => count.Key, count => count.Value).OrderBy(group => group.Key).ToDictionary(group => group.Key, group => group.Sum());
        await TestContext.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"{TimeProvider.System.GetElapsedTime(begun).TotalSeconds:0} s: {string.Join(", ", all.Select(pair => $"{pair.Key}: {pair.Value}"))}"));
        Assert.That(all.Values.Sum(), Is.EqualTo(Requests));
        Assert.That(all.Keys, Is.SupersetOf(new[] { 200, 201, 400, 404, 405, 422 }), "the requests reach all code paths");
        var state = await server.StateAsync(running);
        Assert.That((state.Status, state.Segments, state.Viewers), Is.EqualTo((Application.Contracts.StreamStatus.Running, 1L, 0)), "the other client's stream is unchanged");
        Assert.That(server.Log.AboveInformation, Is.Empty);
        Assert.That(server.Log.Lines.Any(line => $"{line.Text} {line.Properties}".Contains(Canary.Word, StringComparison.Ordinal)), Is.False);
    }

    private static async Task<int> SendAsync(RunningServer server, HttpRequestMessage request)
    {
        using var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Eventually.Limit);
        var status = (int)response.StatusCode;
        Assert.That(status, Is.LessThan(500).Or.EqualTo(503), () => Describe(request));
        using var body = await response.Content.ReadAsStreamAsync();
        // Reads the first bytes of an event stream, and the whole body of any other response.
        var isStream = response.Content.Headers.ContentType?.MediaType == "text/event-stream";
        using var read = new MemoryStream();
        var buffer = new byte[4096];
        do
        {
            var count = await body.ReadAsync(buffer).AsTask().WaitAsync(Eventually.Limit);
            if (count == 0)
                break;
            read.Write(buffer, 0, count);
        }
        while (!isStream && read.Length < 1024 * 1024);
        Assert.That(Encoding.UTF8.GetString(read.GetBuffer(), 0, (int)read.Length), Does.Not.Contain(Canary.Word), () => Describe(request));
        return status;
    }

    private static HttpRequestMessage Make(Random random, string other)
    {
        var id = Id(random, other);
        var path = random.Next(10) == 0 ? Wrap(random, id) : Uri.EscapeDataString(id);
        var position = $"{id}.{Sequence(random)}";
        var request = random.Next(10) switch
        {
            0 => Ask.Get($"/streams/{path}"),
            1 => Ask.Get($"/streams/{path}/events"),
            2 => Ask.Get($"/streams/{path}/text"),
            3 => new HttpRequestMessage(HttpMethod.Delete, $"/streams/{path}"),
            4 => Ask.Get($"/sse?lastEventId={Uri.EscapeDataString(position)}"),
            5 => Ask.Get("/sse?words=1&pace=0", Printable(position)),
            6 => Ask.Post("/sse", "{}", Printable(position)),
            7 => Ask.Get($"/streams/{path}/events?lastEventId={Uri.EscapeDataString(position)}"),
            8 => Ask.Post(random.Next(2) == 0 ? "/sse" : "/streams", Body(random, other), "application/json"),
            // The key belongs to a stream that a different request started.
            _ => Ask.Post("/streams", """{"words":1,"pace":0}""").With("Idempotency-Key", random.Next(3) == 0 ? Canary.Word : Printable(Mutate(random, Canary.Word))),
        };
        if (random.Next(4) == 0)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token(random));
        if (random.Next(4) == 0 && request.RequestUri!.OriginalString is var uri)
            request.RequestUri = new Uri($"{uri}{(uri.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{Parameter(random)}={Token(random)}", UriKind.Relative);
        return request;
    }

    /// <summary>Creates an id that differs from the other stream's id: random, or a mutation of it.</summary>
    private static string Id(Random random, string other)
    {
        var id = random.Next(4) switch
        {
            0 => StreamId.New().ToString(),
            1 => new string([.. other.Select(c => random.Next(4) == 0 ? char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c) : c)]),
            2 => Mutate(random, other),
            _ => new string([.. Enumerable.Range(0, random.Next(0, 60)).Select(_ => (char)random.Next(' ', 0x180))]),
        };
        // Mutations may cancel each other, or be removed from a header value, which results in the original id.
        return Printable(id).Trim() == other ? Id(random, other) : id;
    }

    private static string Mutate(Random random, string text)
    {
        var changed = new StringBuilder(text);
        for (var i = random.Next(1, 4); i > 0 && changed.Length > 0; i--)
        {
            var at = random.Next(changed.Length);
            switch (random.Next(5))
            {
                case 0:
                    changed.Remove(at, 1);
                    break;
                case 1:
                    changed.Insert(at, (char)random.Next('!', '~'));
                    break;
                case 2:
                    changed[at] ^= (char)(1 << random.Next(7));
                    break;
                case 3:
                    changed[at] = (char)random.Next(0x80, 0x500);
                    break;
                default:
                    changed.Append(changed[at]);
                    break;
            }
        }
        return changed.ToString() == text ? text + "w" : changed.ToString();
    }

    private static string Wrap(Random random, string id) =>
        string.Format(CultureInfo.InvariantCulture, Wrappings[random.Next(Wrappings.Length)], Uri.EscapeDataString(id));

    private static string Sequence(Random random) => random.Next(6) switch
    {
        0 => "1",
        1 => random.Next().ToString(CultureInfo.InvariantCulture),
        2 => long.MaxValue.ToString(CultureInfo.InvariantCulture),
        3 => "9223372036854775808",
        4 => "-1",
        _ => "",
    };

    private static string Body(Random random, string other)
    {
        var body = new StringBuilder($$"""{"source":"lorem","words":{{random.Next(-1, 4)}},"pace":0,"lastEventId":"{{other}}.1","id":"{{other}}","prompt":"x"}""");
        if (random.Next(2) == 0)
            body.Replace($",\"lastEventId\":\"{other}.1\",\"id\":\"{other}\"", "");
        return random.Next(3) == 0 ? body.ToString() : Mutate(random, body.ToString());
    }

    /// <summary>Creates text in the format of a token or a grant, which is not valid.</summary>
    private static string Token(Random random)
    {
        var bytes = new byte[random.Next(1, 64)];
        random.NextBytes(bytes);
        var text = Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        return random.Next(3) switch { 0 => text, 1 => $"eyJhbGciOiJub25lIn0.{text}.", _ => $"{text}.{text}.{text}" };
    }

    private static string Parameter(Random random) => (string[])["access_token", "grant", "share", "token", "key"] is var names ? names[random.Next(names.Length)] : "";

    /// <summary>Removes the characters that HttpClient does not send in a header; other tests send those over raw sockets.</summary>
    private static string Printable(string text) => new([.. text.Where(c => c >= ' ')]);

    private static string Describe(HttpRequestMessage request) => $"{request.Method} {request.RequestUri} {request.Headers}";
}
