using System.Net;
using SseStreaming.ProcessTests.Testing;

namespace SseStreaming.ProcessTests;

/// <summary>Allowed host names and origins, from each source of settings, and behind nginx.</summary>
internal sealed class WebPageTests : ProcessTest
{
    private const string HostName = "sse.example.com";
    private const string Origin = "https://page.example.com";

    private readonly HttpClient _http = new() { Timeout = Eventually.Limit };

    [OneTimeTearDown]
    public void DisposeClient() => _http.Dispose();

    [TestCase("environment")]
    [TestCase("command line")]
    [TestCase("file")]
    public async Task Settings_AllowAHostAndAnOrigin(string source)
    {
        var node = source switch
        {
            "environment" => Memory(new() { ["AllowedHosts"] = HostName, ["Cors__Origins__0"] = Origin }),
            "command line" => Memory([], "--AllowedHosts", HostName, "--Cors:Origins:0", Origin),
            _ => Memory([], "--contentRoot", WriteSettings()),
        };
        await node.StartAsync();

        Assert.That(await AskAsync(node.Address, HostName), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await AskAsync(node.Address, node.Authority), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await AskAsync(node.Address, "evil.example"), Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(await StartAsync(node.Address, Origin), Is.EqualTo(HttpStatusCode.Created));
        Assert.That(await StartAsync(node.Address, "https://evil.example"), Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task Nginx_PassesItsHost_WhichMustBeAllowed()
    {
        Nginx.Require();
        var node = Memory([]);
        await node.StartAsync();
        var nginx = Own(await Nginx.StartAsync(Folder, node, node));

        Assert.That(await AskAsync(nginx.Address, nginx.Address.Authority), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await AskAsync(nginx.Address, "localhost:8080"), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await AskAsync(nginx.Address, HostName), Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(await StartAsync(nginx.Address, Origin), Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task Nginx_WithItsNameInTheSetting_Serves()
    {
        Nginx.Require();
        var node = Memory(new() { ["AllowedHosts"] = HostName });
        await node.StartAsync();
        var nginx = Own(await Nginx.StartAsync(Folder, node, node));

        Assert.That(await AskAsync(nginx.Address, HostName), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await AskAsync(nginx.Address, "evil.example"), Is.EqualTo(HttpStatusCode.Forbidden));
    }

    private ServerNode Memory(Dictionary<string, string> settings, params string[] arguments)
    {
        settings["Store"] = "Memory";
        return Node("node", settings, arguments);
    }

    private string WriteSettings()
    {
        var root = Directory.CreateDirectory(Path.Combine(Folder, "root")).FullName;
        File.WriteAllText(Path.Combine(root, "appsettings.json"), $$"""{ "AllowedHosts": "{{HostName}}", "Cors": { "Origins": [ "{{Origin}}" ] } }""");
        return root;
    }

    private async Task<HttpStatusCode> AskAsync(Uri server, string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server, "/sse?words=1&pace=0")) { Headers = { Host = host } };
        using var response = await _http.SendAsync(request);
        return response.StatusCode;
    }

    private async Task<HttpStatusCode> StartAsync(Uri server, string origin)
    {
        using var request = StreamClient.StartRequest(new Uri(server, "/streams"), new { words = 1, pace = 0 }, key: origin);
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        request.Headers.Add("Origin", origin);
        using var response = await _http.SendAsync(request);
        return response.StatusCode;
    }
}
