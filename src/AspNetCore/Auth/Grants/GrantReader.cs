namespace SseStreaming.AspNetCore.Auth.Grants;

/// <summary>Reads the grant of a request, if its endpoint accepts grants.</summary>
internal static class GrantReader
{
    /// <summary>The grant that authentication has accepted; or a valid one, where the application lets requests pass without authentication.</summary>
    public static Grant? Find(HttpContext context)
    {
        if (context.Features.Get<Grant>() is { } accepted)
            return accepted;
        if (GetText(context) is not { } text
            || context.RequestServices.GetRequiredService<GrantSigner>().Read(text) is not { } grant
            || grant.Expires <= context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow())
            return null;
        context.Features.Set(grant);
        return grant;
    }

    /// <summary>The text of the grant; null without one, or with several, or if the endpoint accepts none.</summary>
    public static string? GetText(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<TakesGrantAttribute>() is null ? null
        : context.Features.Get<QuerySecrets>() is { } secrets ? secrets.Grant
        : context.Request.Query[QuerySecrets.GrantName] is [{ } text] ? text
        : null;
}
