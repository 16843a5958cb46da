using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;

namespace SseStreaming.Api.Auth.Tokens;

/// <summary>What this server does beside the library's own look at a token: finds it in the query, and looks at whose it is.</summary>
internal sealed partial class BearerEvents(IOptions<AuthOptions> options, ILogger<BearerEvents> logger) : JwtBearerEvents
{
    public const string SubjectClaim = "sub";

    private readonly Lock _gate = new();
    private Task? _asking;

    public override async Task MessageReceived(MessageReceivedContext context)
    {
        var http = context.HttpContext;
        var hasHeader = http.Request.Headers.Authorization.Count > 0;
        if (!hasHeader && http.GetEndpoint()?.Metadata.GetMetadata<TakesTokenInQueryAttribute>() is not null)
            context.Token = http.Features.Get<QuerySecrets>()?.AccessToken;
        if (!hasHeader && context.Token is null)
            return;

        var asked = AuthorityAsync(context.Options).WaitAsync(http.RequestAborted);
        await asked.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (asked.IsCompletedSuccessfully)
            return;
        Log.AuthorityUnavailable(logger, asked.Exception?.GetBaseException().Message ?? "the client did not wait");
        context.Fail(new AccessRefusedException("The authority can't be asked at the moment.") { IsTransient = true });
    }

    public override Task TokenValidated(TokenValidatedContext context)
    {
        var subjects = context.Principal!.FindAll(SubjectClaim).ToList();
        if (subjects is not [{ ValueType: ClaimValueTypes.String, Value: var subject }] || !IsSubject(subject))
            context.Fail(new AccessRefusedException("The token does not say in 'sub' who asks."));
        // Until then it would be accepted again.
        var (expires, skew) = (context.SecurityToken.ValidTo, options.Value.ClockSkew);
        context.Properties.ExpiresUtc = expires < DateTime.MaxValue - skew ? expires + skew : DateTimeOffset.MaxValue;
        return Task.CompletedTask;
    }

    /// <summary>
    /// Completes when the authority has told its keys once, at once with a local key. The library refuses every token until then as
    /// if it were the token's fault, and asks once more for each. Here those who wait share one try.
    /// </summary>
    private Task AuthorityAsync(JwtBearerOptions bearer)
    {
        if (bearer.ConfigurationManager is not { } authority)
            return Task.CompletedTask;
        lock (_gate)
        {
            if (_asking is null or { IsFaulted: true } or { IsCanceled: true })
                _asking = authority.GetConfigurationAsync(CancellationToken.None);
            return _asking;
        }
    }

    /// <summary>It is stored with each stream, so it has a bound, and nothing in it that a database could choke on.</summary>
    private bool IsSubject(string subject) =>
        subject.Length > 0 && subject.Length <= options.Value.SubjectCharacters
        && subject.EnumerateRunes().All(rune => !Rune.IsControl(rune) && rune != Rune.ReplacementChar);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A token can't be looked at, as the authority does not tell its keys: {Reason}")]
        public static partial void AuthorityUnavailable(ILogger logger, string reason);
    }
}
