using FsCheck;
using FsCheck.Fluent;
using SseStreaming.Application.Events;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Events;

internal sealed class EndSentinelTests
{
    /// <summary>WhiteSpace and LineTerminator of ECMAScript, which <c>String.prototype.trim</c> removes.</summary>
    public const string JavaScriptWhiteSpace =
        "\t\n\v\f\r \u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF";

    [TestCase("[END]", 1)]
    [TestCase(" [END]", 2)]
    [TestCase("[END]\n", 1)]
    [TestCase("\r\n[END]\r\n", 3)]
    [TestCase("\uFEFF\u00A0[END]\u3000\u2028", 3)]
    [TestCase("[END", 0)]
    [TestCase("END]", 0)]
    [TestCase("[end]", 0)]
    [TestCase("[END].", 0)]
    [TestCase("a [END]", 0)]
    [TestCase("[END] [END]", 0)]
    [TestCase("[[END]]", 0)]
    [TestCase("[END]\u0301", 0)]
    [TestCase(" \n ", 0)]
    [TestCase("", 0)]
    public void FindCut_OfASegment_IsAfterTheBracketOfTheSentinel(string segment, int cut) =>
        Assert.That(EndSentinel.FindCut(segment), Is.EqualTo(cut));

    [Test]
    public void FindCut_OfEverySegmentThatJavaScriptTrimsToTheSentinel_CutsIt()
    {
        var spaces = Gen.ArrayOf(Gen.Elements(JavaScriptWhiteSpace.ToCharArray())).Select(chars => new string(chars));
        var segments = spaces.SelectMany(_ => spaces, (before, after) => $"{before}[END]{after}");

        Always.Holds(segments, segment =>
        {
            var cut = EndSentinel.FindCut(segment);
            Assert.That(segment[..cut].Trim(JavaScriptWhiteSpace.ToCharArray()), Is.EqualTo("["));
            Assert.That(segment[cut..].Trim(JavaScriptWhiteSpace.ToCharArray()), Is.EqualTo("END]"));
        });
    }
}
