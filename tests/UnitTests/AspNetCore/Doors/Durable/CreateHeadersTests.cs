using Microsoft.AspNetCore.Http;
using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore.Doors.Durable;

namespace SseStreaming.UnitTests.AspNetCore.Doors.Durable;

internal sealed class CreateHeadersTests
{
    [TestCase("0", 0)]
    [TestCase("3600", 3600)]
    public void TimeToLive_IsInSeconds(string text, int seconds) =>
        Assert.That(ReadTime(("Stream-TTL", text)).Value?.TimeToLive, Is.EqualTo(TimeSpan.FromSeconds(seconds)));

    [TestCase("2030-01-02T03:04:05Z")]
    [TestCase("2030-01-02T03:04:05.000+00:00")]
    [TestCase("2030-01-02T05:04:05+02:00")]
    public void Expiry_IsATime(string text) =>
        Assert.That(ReadTime(("Stream-Expires-At", text)).Value?.Expires, Is.EqualTo(new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero)));

    [TestCase("Stream-TTL", "060")]
    [TestCase("Stream-TTL", "+60")]
    [TestCase("Stream-TTL", "-60")]
    [TestCase("Stream-TTL", "60.5")]
    [TestCase("Stream-TTL", "1e3")]
    [TestCase("Stream-TTL", "60\n")]
    [TestCase("Stream-TTL", "99999999999")]
    [TestCase("Stream-Expires-At", "tomorrow")]
    [TestCase("Stream-Expires-At", "2030-13-02T03:04:05Z")]
    public void Time_ThatIsInvalid_IsRefused(string name, string text) => Assert.That(ReadTime((name, text)).Refusal?.Errors?.Keys, Is.EqualTo(new[] { name }));

    [Test]
    public void Time_IsGivenOnce() =>
        Assert.That(ReadTime(("Stream-TTL", "60"), ("Stream-Expires-At", "2030-01-02T03:04:05Z")).Refusal?.Reason, Is.EqualTo(RefusalReason.InvalidInput));

    private static Outcome<ExternalStart> ReadTime(params (string Name, string? Value)[] headers) => CreateHeaders.ReadTime(Headers(headers));

    private static HeaderDictionary Headers((string Name, string? Value)[] headers)
    {
        var all = new HeaderDictionary();
        foreach (var (name, value) in headers)
            all.Append(name, value);
        return all;
    }
}
