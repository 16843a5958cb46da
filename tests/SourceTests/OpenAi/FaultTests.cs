using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SseStreaming.Application.Contracts;
using SseStreaming.Infrastructure.Generators.Models;
using SseStreaming.Infrastructure.Generators.OpenAi;
using SseStreaming.SourceTests.Testing;
using SseStreaming.Testing.Models;

namespace SseStreaming.SourceTests.OpenAi;

/// <summary>Each failure of a model's server ends the generation with its own problem type, and in time.</summary>
internal sealed class FaultTests
{
    private const string Secret = "s3cret";

    [TestCase(401, ProblemTypes.UpstreamUnauthorized)]
    [TestCase(403, ProblemTypes.UpstreamUnauthorized)]
    [TestCase(404, ProblemTypes.UpstreamError)]
    [TestCase(400, ProblemTypes.UpstreamError)]
    [TestCase(429, ProblemTypes.UpstreamRateLimited)]
    [TestCase(500, ProblemTypes.UpstreamError)]
    [TestCase(503, ProblemTypes.UpstreamError)]
    [TestCase(302, ProblemTypes.UpstreamError)]
    public async Task Status_BecomesAProblem(int status, string type)
    {
        await using var server = new UpstreamServer(UpstreamServer.Status(status, "Location: http://127.0.0.1:9/elsewhere\r\n"));

        await ExpectAsync(server, type, text: "", detail: status.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Test]
    public async Task NoListener_IsRefused()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        using var generator = OpenAiFixture.Generator($"http://127.0.0.1:{port}/v1");

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.That(result.Fault?.ProblemType, Is.EqualTo(ProblemTypes.UpstreamRefused));
    }

    [Test]
    public async Task NoConnectionInTime_IsATimeout()
    {
        // A listener whose queue is full neither accepts nor refuses a connection.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        var clients = Enumerable.Range(0, 4).Select(_ => new Socket(SocketType.Stream, ProtocolType.Tcp)).ToList();
        clients.ForEach(socket => _ = socket.ConnectAsync(IPAddress.Loopback, port).ContinueWith(task => task.Exception, TaskScheduler.Default));
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        using var generator = OpenAiFixture.Generator($"http://127.0.0.1:{port}/v1", options => options.ConnectTimeout = TimeSpan.FromMilliseconds(300));

        var result = await Generated.ReadInTimeAsync(generator);
        clients.ForEach(socket => socket.Dispose());

        Assert.That(result.Fault?.ProblemType, Is.EqualTo(ProblemTypes.UpstreamTimeout));
        Assert.That(result.Fault!.Detail, Does.Contain("within 0.3 s"));
    }

    [Test]
    public async Task NoTls_IsATimeoutOfTheConnection()
    {
        await using var server = new UpstreamServer(call => call.KeepSilentAsync());
        using var generator = OpenAiFixture.Generator(
            $"https://127.0.0.1:{server.Port}/v1", options => options.ConnectTimeout = TimeSpan.FromMilliseconds(300));

        Assert.That((await Generated.ReadInTimeAsync(generator)).Fault?.ProblemType, Is.EqualTo(ProblemTypes.UpstreamTimeout));
    }

    [Test]
    public async Task PageOfAProxy_IsGarbled()
    {
        await using var server = new UpstreamServer(async call =>
        {
            await call.BeginStreamAsync("text/html");
            await call.WriteAsync($"<html>Please log in, {Secret}</html>\n\n");
            await call.EndStreamAsync();
        });

        await ExpectAsync(server, ProblemTypes.UpstreamGarbled, text: "");
    }

    [TestCase("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"half\n\n")]
    [TestCase("data: s3cret\n\n")]
    [TestCase("data: [1,2]\n\n")]
    [TestCase("data: null\n\n")]
    [TestCase("data: {} {}\n\n")]
    public async Task InvalidFrame_IsGarbled(string frame)
    {
        await using var server = new UpstreamServer(UpstreamServer.Streaming(Sse.Role + Sse.Text("before") + frame + Sse.Text("after") + Sse.Done));

        await ExpectAsync(server, ProblemTypes.UpstreamGarbled, text: "before");
    }

    [Test]
    public async Task InvalidUtf8InAName_IsNoText()
    {
        await using var server = new UpstreamServer(async call =>
        {
            await call.BeginStreamAsync();
            await call.WriteAsync(Sse.Text("before"));
            await call.SendRawAsync("20\r\ndata: {\"choices\":[{\"delta\":{\"");
            await call.Connection.SendAsync((byte[])[(byte)'c', 0xff, 0xfe, (byte)'\r', (byte)'\n']);
            await call.WriteAsync("ontent\":\"x\"}}]}\n\n");
            await call.EndStreamAsync();
        });
        using var generator = OpenAiFixture.Generator(server);

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.That((result.Passage, result.Fault is not null), Is.EqualTo(("before", true)));
    }

    [Test]
    public async Task AnswerThatIsNotHttp_IsGarbled()
    {
        await using var server = new UpstreamServer(async call =>
        {
            await call.SendRawAsync("220 mail.example.com ESMTP s3cret\r\n\r\n");
            await call.KeepSilentAsync();
        });

        await ExpectAsync(server, ProblemTypes.UpstreamGarbled, text: "");
    }

    [Test]
    public async Task FrameWithoutEnd_IsGarbled()
    {
        var megabyte = new string('x', 1024 * 1024);
        await using var server = new UpstreamServer(async call =>
        {
            await call.BeginStreamAsync();
            await call.WriteAsync(Sse.Text("before") + "data: ");
            for (var i = 0; i < 64; i++)
                await call.WriteAsync(megabyte);
        });

        await ExpectAsync(server, ProblemTypes.UpstreamGarbled, text: "before");
    }

    [Test]
    public async Task CompressedFrameWithoutEnd_IsGarbled()
    {
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(Sse.Text("before") + "data: "));
            var megabyte = new byte[1024 * 1024];
            for (var i = 0; i < 64; i++)
                await gzip.WriteAsync(megabyte);
        }
        await using var server = new UpstreamServer(async call =>
        {
            await call.SendRawAsync($"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {compressed.Length}\r\n\r\n");
            await call.Connection.SendAsync(compressed.ToArray());
        });

        await ExpectAsync(server, ProblemTypes.UpstreamGarbled, text: "before");
    }

    [TestCase("data: {\"error\":{\"message\":\"overloaded, s3cret\",\"type\":\"server_error\",\"code\":500}}\n\n")]
    [TestCase("data: {\"error\":\"s3cret\"}\n\n")]
    [TestCase("event: error\ndata: {\"message\":\"s3cret\"}\n\n")]
    [TestCase("data: {\"id\":\"x\",\"choices\":[],\"error\":{\"code\":502,\"message\":\"s3cret\"}}\n\n")]
    [TestCase("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"abort\"}]}\n\n")]
    public async Task ErrorObjectInTheMiddle_IsAnError(string frame)
    {
        await using var server = new UpstreamServer(UpstreamServer.Streaming(Sse.Role + Sse.Text("be") + Sse.Text("fore") + frame + Sse.Done));

        await ExpectAsync(server, ProblemTypes.UpstreamError, text: "before");
    }

    [Test]
    public async Task EndWithoutMarker_IsACutOff([Values] bool hasText)
    {
        await using var server = new UpstreamServer(UpstreamServer.Streaming(Sse.Role + (hasText ? Sse.Text("before") : "")));

        await ExpectAsync(server, ProblemTypes.UpstreamCutOff, text: hasText ? "before" : "");
    }

    [Test]
    public async Task ConnectionThatEndsInTheMiddle_IsACutOff([Values] bool isReset)
    {
        await using var server = new UpstreamServer(async call =>
        {
            await call.BeginStreamAsync();
            await call.WriteAsync(Sse.Role + Sse.Text("before") + Sse.Text("lost")[..30]);
            // A reset discards bytes that the client has not read yet.
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
            if (isReset)
                call.Connection.Reset();
            else
                call.Connection.Close();
        });

        await ExpectAsync(server, ProblemTypes.UpstreamCutOff, text: "before");
    }

    [Test]
    public async Task CutOffStreamWithIds_IsNotRequestedAgain()
    {
        // System.ClientModel reconnects by itself if it takes the response for its own event stream.
        await using var server = new UpstreamServer(async call =>
        {
            await call.BeginStreamAsync();
            await call.WriteAsync("retry: 1\nid: 7\n" + Sse.Text("before"));
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
            call.Connection.Close();
        });

        await ExpectAsync(server, ProblemTypes.UpstreamCutOff, text: "before");

        Assert.That(server.Calls, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task ConnectionThatEndsBeforeTheAnswer_IsACutOff()
    {
        await using var server = new UpstreamServer(call =>
        {
            call.Connection.Close();
            return Task.CompletedTask;
        });

        await ExpectAsync(server, ProblemTypes.UpstreamCutOff, text: "");
    }

    private static async Task ExpectAsync(UpstreamServer server, string type, string text, string detail = "")
    {
        using var generator = OpenAiFixture.Generator(server);

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.Multiple(() =>
        {
            Assert.That(result.Fault?.ProblemType, Is.EqualTo(type));
            Assert.That(result.Passage, Is.EqualTo(text));
            Assert.That(result.Fault?.Detail, Does.Contain(detail));
            Assert.That(result.Fault?.ToString(), Does.Not.Contain(Secret));
        });
    }
}
