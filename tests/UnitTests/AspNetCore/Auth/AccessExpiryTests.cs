using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.Extensions.Time.Testing;
using Moq;
using SseStreaming.AspNetCore.Auth;

namespace SseStreaming.UnitTests.AspNetCore.Auth;

internal sealed class AccessExpiryTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(60));

    [Test]
    public void WithoutAuthentication_IsUnlimited() => Assert.That(AccessExpiry.Left(new DefaultHttpContext(), _time), Is.Null);

    [Test]
    public void TimeLeft_IsNotNegative_AndFitsATimer()
    {
        Assert.That(Left(_time.GetUtcNow().AddMinutes(5)), Is.EqualTo(TimeSpan.FromMinutes(5)));
        Assert.That(Left(_time.GetUtcNow().AddMinutes(-5)), Is.EqualTo(TimeSpan.Zero));
        Assert.That(Left(DateTimeOffset.MinValue), Is.EqualTo(TimeSpan.Zero));
        foreach (var far in new[] { _time.GetUtcNow().AddDays(60), DateTimeOffset.MaxValue })
        {
            var left = Left(far);
            Assert.That(left, Is.GreaterThan(TimeSpan.FromDays(30)));
            using var timer = new CancellationTokenSource(left!.Value, TimeProvider.System);
            Assert.That(timer.IsCancellationRequested, Is.False);
        }
    }

    private TimeSpan? Left(DateTimeOffset expires)
    {
        var ticket = new AuthenticationTicket(new ClaimsPrincipal(), new AuthenticationProperties { ExpiresUtc = expires }, "Test");
        var context = new DefaultHttpContext();
        context.Features.Set(Mock.Of<IAuthenticateResultFeature>(feature => feature.AuthenticateResult == AuthenticateResult.Success(ticket)));
        return AccessExpiry.Left(context, _time);
    }
}
