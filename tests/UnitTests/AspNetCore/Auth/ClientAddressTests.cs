using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore;
using SseStreaming.AspNetCore.Auth;
using SseStreaming.AspNetCore.Hosting;

namespace SseStreaming.UnitTests.AspNetCore.Auth;

internal sealed class ClientAddressTests
{
    [TestCase("192.0.2.7", "192.0.2.7")]
    [TestCase("::ffff:192.0.2.7", "192.0.2.7")]
    [TestCase("2001:db8:1:2::1", "2001:db8:1:2::/64")]
    [TestCase("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64")]
    [TestCase("2001:db8:1:3::1", "2001:db8:1:3::/64")]
    [TestCase("fe80::1%3", "fe80::/64")]
    [TestCase("::1", "::/64")]
    public void Client_IsTheAddress_AndOfIPv6TheNetwork(string address, string client) =>
        Assert.That(ClientAddress.ToClientKey(IPAddress.Parse(address)), Is.EqualTo(client));

    [Test]
    public void Subject_IsTheClient_AtAnyAddress_AndIsNeverAnAddress()
    {
        var subject = Context("192.0.2.7", "192.0.2.8").GetCaller();

        Assert.That(subject.Client, Is.EqualTo(Context("192.0.2.9", "192.0.2.8").GetCaller().Client));
        Assert.That(subject.Client, Is.Not.EqualTo(Context("192.0.2.8", subject: null).GetCaller().Client));
    }

    [Test]
    public void LocalSocket_IsAClientOfItsOwn() => Assert.That(ClientAddress.ToClientKey(address: null), Is.EqualTo("local"));

    private static DefaultHttpContext Context(string address, string? subject)
    {
        var context = new DefaultHttpContext
        {
            Connection = { RemoteIpAddress = IPAddress.Parse(address) },
            User = new ClaimsPrincipal(new ClaimsIdentity(subject is null ? [] : [new Claim("sub", subject)], "Test")),
        };
        var mapping = new StreamMapping(1, new TextStreamsOptions().Owner);
        context.SetEndpoint(new Endpoint(requestDelegate: null, new EndpointMetadataCollection(mapping), displayName: null));
        return context;
    }
}
