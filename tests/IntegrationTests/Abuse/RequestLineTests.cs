using System.Text.Json;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Abuse;

/// <summary>A request line that is too long is refused with a problem that does not contain the line.</summary>
internal sealed class RequestLineTests
{
    private const int Limit = 8 * 1024;

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public void Start() => _server = RunningServer.Start();

    [OneTimeTearDown]
    public async Task Stop() => await _server.DisposeAsync();

    [TestCase(Limit, 200)]
    [TestCase(Limit + 1, 414)]
    [TestCase(20_000, 414)]
    [TestCase(200_000, 414)]
    public async Task LineOfALength_ResultsInTheStatus(int length, int status)
    {
        const string start = "GET /sources?prompt=";
        const string end = " HTTP/1.1\r\n";
        using var connection = await RawConnection.OpenAsync(_server.EndPoint);

        await connection.SendAsync(start + new string('x', length - start.Length - end.Length) + end
            + "Host: localhost\r\nOrigin: http://localhost:5173\r\nConnection: close\r\n\r\n");
        await connection.ReadHeadAsync();
        await connection.ReadToEndAsync();

        Assert.That(connection.Status, Is.EqualTo(status));
        Assert.That(connection.Head, Does.Contain("Access-Control-Allow-Origin: http://localhost:5173"), "the page can read the response");
        if (status == 200)
            return;
        Assert.That(connection.Head, Does.Contain("Content-Type: application/problem+json"));
        var problem = JsonDocument.Parse(connection.Body).RootElement;
        Assert.That(problem.GetProperty("status").GetInt32(), Is.EqualTo(414));
        Assert.That(problem.GetProperty("detail").GetString(), Does.Contain("8192 bytes").And.Contain("POST"));
        Assert.That(connection.Body, Does.Not.Contain("xxx"));
    }

    [Test]
    public async Task LineLongerThanTheBodyLimit_IsRefusedByKestrel()
    {
        using var connection = await RawConnection.OpenAsync(_server.EndPoint);

        await connection.SendAsync($"GET /sources?prompt={new string('x', 300_000)}");
        await connection.ReadHeadAsync();

        Assert.That(connection.Status, Is.EqualTo(414), "refused before the end of the line");
    }
}
