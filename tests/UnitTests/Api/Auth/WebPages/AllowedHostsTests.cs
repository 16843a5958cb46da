using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Moq;
using SseStreaming.Api.Auth;
using SseStreaming.Api.Auth.WebPages;

namespace SseStreaming.UnitTests.Api.Auth.WebPages;

internal sealed class AllowedHostsTests
{
    private const string Loopback = "http://127.0.0.1:5081";
    private const string Everywhere = "http://[::]:5081";

    [TestCase("localhost")]
    [TestCase("LOCALHOST:5081")]
    [TestCase("localhost.:8080")]
    [TestCase("app.localhost")]
    [TestCase("127.0.0.1")]
    [TestCase("127.1.2.3:80")]
    [TestCase("[::1]:5081")]
    [TestCase("")]
    public void Loopback_AllowsItsOwnNames(string host) => Assert.That(Allows(host, Loopback), Is.True);

    [TestCase("evil.example")]
    [TestCase("localhost.evil.example")]
    [TestCase("notlocalhost")]
    [TestCase("127.0.0.1.evil.example:5081")]
    [TestCase("0.0.0.0:5081")]
    [TestCase("[::]:5081")]
    [TestCase("192.0.2.7")]
    [TestCase("[2001:db8::7]")]
    public void Loopback_RefusesOtherHosts(string host) => Assert.That(Allows(host, Loopback, "http://localhost:5082"), Is.False);

    [Test]
    public void Loopback_RefusesTheNameOfTheMachine() => Assert.That(Allows(Environment.MachineName, Loopback), Is.False);

    [TestCase("192.0.2.7:5081", true)]
    [TestCase("127.0.0.1:5081", true)]
    [TestCase("192.0.2.8:5081", false)]
    [TestCase("evil.example", false)]
    public void OneAddress_IsAllowed(string host, bool allowed) => Assert.That(Allows(host, "http://192.0.2.7:5081"), Is.EqualTo(allowed));

    [TestCase("192.0.2.7", true)]
    [TestCase("[2001:db8::7]:5081", true)]
    [TestCase("0.0.0.0:5081", false)]
    [TestCase("[::]:5081", false)]
    [TestCase("evil.example", false)]
    public void Wildcard_AllowsAddresses_AndNoNames(string host, bool allowed)
    {
        foreach (var url in new[] { Everywhere, "http://0.0.0.0:80", "http://*:80", "http://+:80" })
            Assert.That(Allows(host, url), Is.EqualTo(allowed), url);
    }

    [Test]
    public void Wildcard_AllowsTheNameOfTheMachine() => Assert.That(Allows($"{Environment.MachineName}:5081", Everywhere), Is.True);

    [TestCase("urls", "http://sse.example.com:5081;http://127.0.0.1:1")]
    [TestCase("Kestrel:Endpoints:Public:Url", "https://sse.example.com")]
    public void ConfiguredAddress_AllowsItsName(string setting, string value)
    {
        Assert.That(Allows("SSE.example.com", [Everywhere], new() { [setting] = value }), Is.True);
        Assert.That(Allows("evil.example.com", [Everywhere], new() { [setting] = value }), Is.False);
    }

    [TestCase("sse.example.com", true)]
    [TestCase("a.example.org:8080", true)]
    [TestCase("localhost", true)]
    [TestCase("127.0.0.1", true)]
    [TestCase("example.org", false)]
    [TestCase("evil.example", false)]
    public void ConfiguredHosts_AreAllowedBesideTheOwn(string host, bool allowed)
    {
        foreach (var isRequired in new[] { false, true })
            Assert.That(Allows(host, [Loopback], new() { ["AllowedHosts"] = "sse.example.com; *.example.org" }, isRequired), Is.EqualTo(allowed));
    }

    [Test]
    public void AnyHost_IsAllowed_ByAStarOrWithAuthentication()
    {
        Assert.That(Allows("evil.example", [Loopback], new() { ["AllowedHosts"] = "*" }), Is.True);
        Assert.That(Allows("evil.example", [Loopback], [], isRequired: true), Is.True);
    }

    [Test]
    public void UnixSocket_IsNotReachedByPages() => Assert.That(Allows("sse.example.com", ["http://unix:/run/sse.sock"], [], local: null), Is.True);

    private static bool Allows(string host, params string[] listening) => Allows(host, listening, []);

    private static bool Allows(string host, string[] listening, Dictionary<string, string?> settings, bool isRequired = false) =>
        Allows(host, listening, settings, IPAddress.Loopback, isRequired);

    private static bool Allows(string host, string[] listening, Dictionary<string, string?> settings, IPAddress? local, bool isRequired = false)
    {
        var addresses = new Mock<IServerAddressesFeature>();
        addresses.Setup(feature => feature.Addresses).Returns(listening);
        var server = new Mock<IServer>();
        server.Setup(item => item.Features).Returns(new FeatureCollection());
        server.Object.Features.Set(addresses.Object);
        var hosts = new AllowedHosts(
            new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), Options.Create(new AuthOptions { Required = isRequired }), server.Object);
        var context = new DefaultHttpContext();
        context.Request.Host = new HostString(host);
        context.Connection.LocalIpAddress = local;
        return hosts.Allows(context);
    }
}
