using Microsoft.Extensions.Logging;
using SseStreaming.Api.Auth;
using SseStreaming.AspNetCore;
using SseStreaming.AspNetCore.Auth.Grants;
using SseStreaming.UnitTests.Testing;
using MsOptions = Microsoft.Extensions.Options.Options;

namespace SseStreaming.UnitTests.Api.Auth;

internal sealed class StartNoticeTests
{
    [TestCase("http://localhost:5081")]
    [TestCase("https://LOCALHOST")]
    [TestCase("http://127.0.0.1:0")]
    [TestCase("http://127.8.9.10:80/base")]
    [TestCase("http://[::1]:5081")]
    [TestCase("http://[::1]")]
    [TestCase("http://[::ffff:127.0.0.1]:5081")]
    [TestCase("http://unix:/run/sse.sock")]
    [TestCase("http://pipe:/sse")]
    public void LoopbackAddress_IsLocal(string address) => Assert.That(StartNotice.IsLocal(address), Is.True);

    [TestCase("http://0.0.0.0:5081")]
    [TestCase("http://[::]:5081")]
    [TestCase("http://*:5081")]
    [TestCase("http://+:5081")]
    [TestCase("http://192.168.1.2:5081")]
    [TestCase("http://[fe80::1%2]:5081")]
    [TestCase("http://[::ffff:10.0.0.1]:5081")]
    [TestCase("http://sse.example")]
    [TestCase("http://localhost.example:80")]
    [TestCase("http://127.0.0.1.example:80")]
    [TestCase("")]
    [TestCase("what is this")]
    public void OtherAddress_IsNotLocal(string address) => Assert.That(StartNotice.IsLocal(address), Is.False);

    [Test]
    public void OpenServer_LogsOneWarning_WithItsOpenAddresses()
    {
        var log = new LogSpy<AuthOptions>();
        StartNotice.Write(log, new AuthOptions(), Signer(new()), ["http://localhost:1", "http://[::]:2", "http://*:3"]);

        Assert.That(log.Lines.Single().Level, Is.EqualTo(LogLevel.Warning));
        Assert.That(log.Lines.Single().Message, Does.Contain("http://[::]:2, http://*:3").And.Contain("Auth:Required").And.Not.Contains("localhost"));
    }

    [Test]
    public void LocalServer_OrOneWithAuthentication_LogsNoWarning()
    {
        var log = new LogSpy<AuthOptions>();
        var auth = new AuthOptions { Required = true, SigningKey = "0123456789abcdef0123456789abcdef" };
        StartNotice.Write(log, new AuthOptions(), Signer(new()), ["http://localhost:1", "http://[::1]:2"]);
        StartNotice.Write(log, auth, Signer(auth), ["http://[::]:2"]);
        Assert.That(log.Lines, Is.Empty);
    }

    private static GrantSigner Signer(AuthOptions auth)
    {
        var options = new TextStreamsOptions();
        auth.Configure(options);
        return new GrantSigner(MsOptions.Create(options));
    }
}
