using System.ComponentModel.DataAnnotations;
using System.Net;
using SseStreaming.Api.Hosting.Proxies;

namespace SseStreaming.UnitTests.Api.Hosting.Proxies;

internal sealed class ProxiesOptionsTests
{
    [TestCase("10.0.0.1", "10.0.0.1", true)]
    [TestCase("10.0.0.1", "10.0.0.2", false)]
    [TestCase("10.0.0.1", "::ffff:10.0.0.1", true)]
    [TestCase("10.0.0.0/8", "10.255.0.1", true)]
    [TestCase("10.0.0.0/8", "::ffff:10.255.0.1", true)]
    [TestCase("10.0.0.0/8", "11.0.0.1", false)]
    [TestCase("2001:db8::/32", "2001:db8:1::1", true)]
    [TestCase("2001:db8::7", "2001:db8::8", false)]
    [TestCase("192.0.2.1", "127.0.0.1", false)]
    public void Proxy_IsTrusted_IfItIsListed(string trusted, string address, bool expected)
    {
        var options = new ProxiesOptions { Trusted = { trusted } };

        Assert.That(Errors(options), Is.Empty);
        Assert.That(options.Trusts(IPAddress.Parse(address)), Is.EqualTo(expected));
    }

    [Test]
    public void Proxy_IsNotTrusted_ByDefault() => Assert.That(new ProxiesOptions().Trusts(IPAddress.Loopback), Is.False);

    [TestCase("10.0.0.0/33")]
    [TestCase("proxy.example")]
    [TestCase("")]
    public void InvalidAddress_IsNamed_AndNotRepeated(string text)
    {
        var options = new ProxiesOptions { Trusted = { "10.0.0.1", text } };

        Assert.That(Errors(options), Is.EqualTo(new[] { "Proxies:Trusted:1 is neither an address nor a network such as 10.0.0.0/8." }));
    }

    private static IEnumerable<string?> Errors(ProxiesOptions options) =>
        options.Validate(new ValidationContext(options)).Select(fault => fault.ErrorMessage);
}
