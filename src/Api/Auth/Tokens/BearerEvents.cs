using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using SseStreaming.AspNetCore.Auth;

namespace SseStreaming.Api.Auth.Tokens;

/// <summary>Extends the library's validation of tokens: reads the token from the query, and validates the subject.</summary>
internal sealed partial class BearerEvents(IOptions<AuthOptions> options, ILogger<BearerEvents> logger) : JwtBearerEvents
{
    private const string SubjectClaim = "sub";

    private readonly Lock _gate = new();
    private Task? _keys;

    public override async Task MessageReceived(MessageReceivedContext context)
    {
        var http = context.HttpContext;
        var hasHeader = http.Request.Headers.Authorization.Count > 0;
        if (!hasHeader && http.GetEndpoint()?.Metadata.GetMetadata<TakesTokenInQueryAttribute>() is not null)
            context.Token = http.Features.Get<QuerySecrets>()?.AccessToken;
        if (!hasHeader && context.Token is null)
            return;

        var keys = ReadKeysAsync(context.Options).WaitAsync(http.RequestAborted);
        await keys.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (keys.IsCompletedSuccessfully)
            return;
        Log.AuthorityUnavailable(logger, keys.Exception?.GetBaseException().Message ?? "the client disconnected");
        context.Fail(new AccessRefusedException("The authority does not answer at the moment.") { IsTransient = true });
    }

    public override Task TokenValidated(TokenValidatedContext context)
    {
        var subjects = context.Principal!.FindAll(SubjectClaim).ToList();
        if (subjects is not [{ ValueType: ClaimValueTypes.String, Value: var subject }] || !CallerExtensions.IsOwner(subject))
            context.Fail(new AccessRefusedException("The token has no valid 'sub'."));
        // The token is accepted until then.
        var (expires, skew) = (context.SecurityToken.ValidTo, options.Value.ClockSkew);
        context.Properties.ExpiresUtc = expires < DateTime.MaxValue - skew ? expires + skew : DateTimeOffset.MaxValue;
        return Task.CompletedTask;
    }

    /// <summary>
    /// Completes once the authority's keys have been read; at once with a local key. Until then the library would refuse every token as
    /// invalid, and read the keys again for each. Here all requests share one attempt.
    /// </summary>
    private Task ReadKeysAsync(JwtBearerOptions bearer)
    {
        if (bearer.ConfigurationManager is not { } authority)
            return Task.CompletedTask;
        lock (_gate)
        {
            if (_keys is null or { IsFaulted: true } or { IsCanceled: true })
                _keys = authority.GetConfigurationAsync(CancellationToken.None);
            return _keys;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Tokens can't be validated, because the keys of the authority can't be read: {Reason}")]
        public static partial void AuthorityUnavailable(ILogger logger, string reason);
    }
}
