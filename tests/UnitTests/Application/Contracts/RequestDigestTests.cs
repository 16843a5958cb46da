using SseStreaming.Application.Contracts;
using SseStreaming.Application.Sources;

namespace SseStreaming.UnitTests.Application.Contracts;

internal sealed class RequestDigestTests
{
    private static readonly StartRequest Request = new()
    {
        Source = "story",
        Prompt = "Hi",
        Options = new Dictionary<string, OptionValue> { ["title"] = new("Tale", OptionForm.Query) },
    };

    /// <summary>Stores have digests of older versions: SHA-256 of <c>["story","Hi",[],"Stop",[["title","Tale"]]]</c>.</summary>
    [Test]
    public void DigestOfARequestWithoutLabels_NeverChanges() =>
        Assert.That(RequestDigest.Compute(Request), Is.EqualTo("AEC912FB07AF26BE70400E40B3AC977449B578771EAB32CB9757EDEE1FD6A5E3"));

    [Test]
    public void ThreadAndProperties_ChangeTheDigest() =>
        Assert.That(
            ((StartRequest[])[Request, Request with { Thread = "a" }, Request with { Properties = "a" }, Request with { Thread = "a", Properties = "a" }])
                .Select(RequestDigest.Compute),
            Is.Unique);
}
