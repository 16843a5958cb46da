using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using SseStreaming.Api.Hosting.Kestrel;

namespace SseStreaming.UnitTests.Api.Hosting.Kestrel;

internal sealed class KestrelLimitsTests
{
    [Test]
    public void Settings_HaveKestrelsNames()
    {
        var limits = Apply(
            ("MaxRequestLineSize", "1000"), ("maxrequestheadercount", "7"), ("KeepAliveTimeout", "00:00:09"), ("MaxConcurrentConnections", "5"),
            ("MinRequestBodyDataRate:BytesPerSecond", "100"), ("MinRequestBodyDataRate:GracePeriod", "00:00:03"), ("MinResponseDataRate", ""),
            ("Http2:MaxStreamsPerConnection", "8"), ("Http2:KeepAlivePingDelay", "00:00:40"), ("Http3:MaxRequestHeaderFieldSize", "2000"));

        Assert.That((limits.MaxRequestLineSize, limits.MaxRequestHeaderCount, limits.KeepAliveTimeout, limits.MaxConcurrentConnections),
            Is.EqualTo((1000, 7, TimeSpan.FromSeconds(9), 5L)));
        Assert.That((limits.MinRequestBodyDataRate!.BytesPerSecond, limits.MinRequestBodyDataRate.GracePeriod), Is.EqualTo((100.0, TimeSpan.FromSeconds(3))));
        Assert.That(limits.MinResponseDataRate, Is.Null, "empty is no limit");
        Assert.That((limits.Http2.MaxStreamsPerConnection, limits.Http2.KeepAlivePingDelay, limits.Http3.MaxRequestHeaderFieldSize),
            Is.EqualTo((8, TimeSpan.FromSeconds(40), 2000)));
    }

    [TestCase("MaxRequestLineSize", "0", "Kestrel:Limits:MaxRequestLineSize has a value that Kestrel does not accept.")]
    [TestCase("MaxRequestLineSize", "many", "Kestrel:Limits:MaxRequestLineSize has a value that Kestrel does not accept.")]
    [TestCase("Http2:MaxFrameSize", "100", "Kestrel:Limits:Http2:MaxFrameSize has a value that Kestrel does not accept.")]
    [TestCase("MinRequestBodyDataRate:BytesPerSecond", "5", "Kestrel:Limits:MinRequestBodyDataRate has a value that Kestrel does not accept.")]
    [TestCase("MaxRequestLineBytes", "1", "Kestrel:Limits:MaxRequestLineBytes is not a limit of Kestrel.")]
    [TestCase("Http2:Streams", "1", "Kestrel:Limits:Http2:Streams is not a limit of Kestrel.")]
    [TestCase("MaxRequestBodySize", "1", "Kestrel:Limits:MaxRequestBodySize has no effect: use Limits:BodyBytes instead.")]
    public void WrongSetting_StopsTheStart(string setting, string value, string error) => Assert.That(
        () => Apply((setting, value)), Throws.TypeOf<OptionsValidationException>().With.Message.EqualTo(error));

    private static KestrelServerLimits Apply(params (string Setting, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>($"{KestrelLimits.Section}:{setting.Setting}", setting.Value)))
            .Build();
        var limits = new KestrelServerLimits();
        KestrelLimits.Apply(configuration, limits);
        return limits;
    }
}
