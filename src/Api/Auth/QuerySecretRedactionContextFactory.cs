using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using SseStreaming.AspNetCore.Auth;

namespace SseStreaming.Api.Auth;

/// <summary>
/// Removes tokens and grants from the query of every request, before the framework logs its first line and tags the trace. No log
/// of any level can then contain them.
/// </summary>
internal sealed class QuerySecretRedactionContextFactory(IServiceProvider services) : IHttpContextFactory
{
    private readonly DefaultHttpContextFactory _inner = new(services);

    public HttpContext Create(IFeatureCollection featureCollection)
    {
        if (featureCollection.Get<IHttpRequestFeature>() is { QueryString.Length: > 1 } request && RemoveSecrets(request) is { } secrets)
            featureCollection.Set(secrets);
        return _inner.Create(featureCollection);
    }

    public void Dispose(HttpContext httpContext) => _inner.Dispose(httpContext);

    private static QuerySecrets? RemoveSecrets(IHttpRequestFeature request)
    {
        var (tokens, grants) = (new List<string>(0), new List<string>(0));
        var rest = new StringBuilder();
        foreach (var pair in new QueryStringEnumerable(request.QueryString))
        {
            var name = pair.DecodeName().Span;
            if (name.Equals(QuerySecrets.AccessTokenName, StringComparison.OrdinalIgnoreCase))
                tokens.Add(pair.DecodeValue().ToString());
            else if (name.Equals(QuerySecrets.GrantName, StringComparison.OrdinalIgnoreCase))
                grants.Add(pair.DecodeValue().ToString());
            else
                rest.Append(rest.Length == 0 ? '?' : '&').Append(pair.EncodedName.Span).Append('=').Append(pair.EncodedValue.Span);
        }
        if (tokens.Count + grants.Count == 0)
            return null;

        request.QueryString = rest.ToString();
        request.RawTarget = request.RawTarget.Split('?', 2)[0] + request.QueryString;
        return new QuerySecrets(Single(tokens), Single(grants));
    }

    /// <summary>Null for several values, which are ambiguous.</summary>
    private static string? Single(List<string> values) => values.Count == 1 ? values[0] : null;
}
