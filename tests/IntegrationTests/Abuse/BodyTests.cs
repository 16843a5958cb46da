using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Abuse;

/// <summary>Bodies that cost the server more than the client: very large bodies, and JSON that is expensive to parse.</summary>
internal sealed class BodyTests
{
    private const int Allowed = 256 * 1024;
    private const long Gigabyte = 1024 * 1024 * 1024;

    /// <summary>The time limit for a body of the maximum size: far above the usual time, far below that of a quadratic algorithm.</summary>
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(5);

    private static RunningServer _server = null!;

    [OneTimeSetUp]
    public static void Start() => _server = RunningServer.Start();

    [OneTimeTearDown]
    public static async Task Stop() => await _server.DisposeAsync();

    [TestCase("/sse")]
    [TestCase("/streams")]
    public async Task GigabyteInContentLength_IsRefusedBeforeItIsSent(string path)
    {
        using var connection = await RawConnection.OpenAsync(_server.EndPoint);
        await connection.SendAsync(string.Create(CultureInfo.InvariantCulture,
            $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {Gigabyte}\r\n\r\n"));

        await connection.ReadHeadAsync();

        Assert.That(connection.Status, Is.EqualTo(413));
    }

    [TestCase("/sse")]
    [TestCase("/streams")]
    public async Task GigabyteInChunks_IsRefusedAtTheLimit_AndTheRestIsNotRead(string path)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { SendBufferSize = 64 * 1024 };
        await socket.ConnectAsync(_server.EndPoint);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"));
        byte[] chunk = [.. "10000\r\n"u8, .. Enumerable.Repeat((byte)' ', 0x10000), .. "\r\n"u8];
        var sent = 0L;
        try
        {
            while (sent < Gigabyte)
                sent += await socket.SendAsync(chunk).WaitAsync(Eventually.Limit);
        }
        catch (SocketException)
        {
        }
        await TestContext.Out.WriteLineAsync($"{sent / 1024} KiB of the gigabyte were sent.");

        Assert.That(await ReadStatusAsync(socket), Is.EqualTo(413).Or.EqualTo(0), "refused, or the response was lost because the connection was closed while the client was sending");
        // The allowed bytes, and those in the socket buffers of the operating system.
        Assert.That(sent, Is.LessThan(64L * 1024 * 1024));
    }

    private static IEnumerable<TestCaseData> Bombs()
    {
        yield return Bomb("deep arrays", new string('[', Allowed - 10));
        yield return Bomb("deep objects", string.Concat(Enumerable.Repeat("""{"a":""", 40_000)));
        yield return Bomb("deep arrays in a field", $$"""{"words":{{new string('[', 120_000)}}{{new string(']', 120_000)}}}""");
        yield return Bomb("deep messages", $$"""{"messages":[{"role":"user","content":{{new string('[', 100_000)}}{{new string(']', 100_000)}}}]}""");
        yield return Bomb("huge number", $$"""{"words":{{new string('9', 250_000)}}}""");
        yield return Bomb("huge exponent", """{"words":1e999999999}""");
        yield return Bomb("huge fraction", $$"""{"words":0.{{new string('1', 250_000)}}}""");
        yield return Bomb("huge seed", $$"""{"seed":-{{new string('1', 250_000)}}e-999999999}""");
        yield return Bomb("many keys", $"{{{string.Join(',', Enumerable.Range(0, 25_000).Select(i => $"\"{i:x}\":1"))}}}");
        yield return Bomb("the same key", $"{{{string.Join(',', Enumerable.Repeat("\"words\":1", 25_000))}}}");
        yield return Bomb("the same key, escaped", """{"words":1,"\u0077ords":2}""");
        yield return Bomb("keys that differ late", $"{{{string.Join(',', Enumerable.Range(0, 250).Select(i => $"\"{new string('k', 1000)}{i}\":1"))}}}");
        yield return Bomb("a long key", $$"""{"{{new string('k', 250_000)}}":1}""");
        yield return Bomb("a long string", $$"""{"prompt":"{{new string('x', 250_000)}}"}""");
        yield return Bomb("a long string of escapes", $$"""{"prompt":"{{string.Concat(Enumerable.Repeat("\\ud83e\\uddf5", 20_000))}}"}""");
        yield return Bomb("many messages", $$"""{"messages":[{{string.Join(',', Enumerable.Repeat("""{"role":"user","content":"x"}""", 8000))}}]}""");
        yield return Bomb("many empty messages", $$"""{"messages":[{{string.Join(',', Enumerable.Repeat("{}", 80_000))}}]}""");
        yield return Bomb("many null messages", $$"""{"messages":[{{string.Join(',', Enumerable.Repeat("0", 120_000))}}]}""");
        yield return Bomb("white space", new string(' ', 250_000));
        yield return Bomb("comments", string.Concat(Enumerable.Repeat("/**/", 60_000)));

        static TestCaseData Bomb(string name, string json) => new TestCaseData(json).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Bombs))]
    public async Task JsonBomb_IsRefusedQuickly(string json)
    {
        var clock = Stopwatch.StartNew();
        using var response = await _server.Client.SendAsync(Ask.Post("/streams", json)).WaitAsync(Eventually.Limit);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), await response.Content.ReadAsStringAsync());
        Assert.That(clock.Elapsed, Is.LessThan(Quick));
        var problem = await response.Content.ReadAsStringAsync();
        Assert.That(problem, Has.Length.LessThan(4096), "the size of the response does not depend on the size of the request");
        Assert.That(_server.Log.AboveInformation, Is.Empty);
    }

    [Test]
    public async Task BodyWithContentEncoding_IsNotDecompressed()
    {
        var request = Ask.Post("/streams", "{}");
        using var compressed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(compressed, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(new byte[100 * 1024 * 1024]);
        request.Content = new ByteArrayContent(compressed.ToArray()) { Headers = { { "Content-Type", "application/json" }, { "Content-Encoding", "gzip" } } };
        Assert.That(compressed.Length, Is.LessThan(Allowed));

        using var response = await _server.Client.SendAsync(request).WaitAsync(Eventually.Limit);

        Assert.That((int)response.StatusCode, Is.InRange(400, 499));
    }

    /// <summary>Returns 0 if the connection was closed before the status was received.</summary>
    private static async Task<int> ReadStatusAsync(Socket socket)
    {
        var buffer = new byte[64];
        try
        {
            var read = await socket.ReceiveAsync(buffer).WaitAsync(Eventually.Limit);
            return read > 12 ? int.Parse(Encoding.ASCII.GetString(buffer, 9, 3), CultureInfo.InvariantCulture) : 0;
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
