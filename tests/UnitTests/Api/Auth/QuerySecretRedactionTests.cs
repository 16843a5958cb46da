using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using SseStreaming.Api.Auth;
using SseStreaming.AspNetCore.Auth;
using SseStreaming.AspNetCore.Auth.Grants;

namespace SseStreaming.UnitTests.Api.Auth;

internal sealed class QuerySecretRedactionTests
{
    [TestCase("", "", null, null)]
    [TestCase("?", "?", null, null)]
    [TestCase("?words=1", "?words=1", null, null)]
    [TestCase("?access_token=t", "", "t", null)]
    [TestCase("?grant=g", "", null, "g")]
    [TestCase("?access_token=t&grant=g", "", "t", "g")]
    [TestCase("?a=1&access_token=t&b=2&grant=g&c=3", "?a=1&b=2&c=3", "t", "g")]
    [TestCase("?a=1&a=2&grant=g&b=%26%3D+x", "?a=1&a=2&b=%26%3D+x", null, "g")]
    [TestCase("?Access_Token=t&%67rant=g", "", "t", "g")]
    [TestCase("?access_token=a%2Bb+c", "", "a+b c", null)]
    [TestCase("?access_token=t&access_token=t", "", null, null)]
    [TestCase("?access_token", "", "", null)]
    [TestCase("?access_tokens=t&agrant=g&grant_=x", "?access_tokens=t&agrant=g&grant_=x", null, null)]
    [TestCase("?prompt=access_token=t", "?prompt=access_token=t", null, null)]
    public void Secrets_AreRemoved_AndTheRestIsUnchanged(string query, string rest, string? token, string? grant)
    {
        var factory = new QuerySecretRedactionContextFactory(new ServiceCollection().AddLogging().AddOptions().BuildServiceProvider());
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(new HttpRequestFeature { Path = "/sse", QueryString = query, RawTarget = "/sse" + query });
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());

        var context = factory.Create(features);

        Assert.That(context.Request.QueryString.Value, Is.EqualTo(rest));
        Assert.That(context.Features.Get<IHttpRequestFeature>()!.RawTarget, Is.EqualTo("/sse" + rest));
        var secrets = context.Features.Get<QuerySecrets>();
        Assert.That((secrets?.AccessToken, secrets?.Grant), Is.EqualTo((token, grant)));
        Assert.That(context.Request.Query.Keys, Has.None.EqualTo("grant").And.None.EqualTo("access_token"));
    }
}
