using FsCheck;
using FsCheck.Fluent;
using SseStreaming.Infrastructure.Generators.Models;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Infrastructure.Generators.OpenAi;

internal sealed class RepetitionFilterTests
{
    private static readonly string LongText = string.Concat(Enumerable.Range(0, 20).Select(i => $"{i} and "));

    private static Gen<int[]> Cuts => Gen.Choose(0, LongText.Length + 20).ArrayOf();

    [Test]
    public void RepeatedText_IsSkipped_HoweverItIsCut() =>
        Always.HoldsForLists(Cuts, cuts => Assert.That(Filter(LongText, LongText + "the rest", cuts), Is.EqualTo(("the rest", 1))));

    [Test]
    public void TextThatBecomesDifferent_IsPassedOn_HoweverItIsCut([Values(0, 1, 31, 32, 100)] int equal) =>
        Always.HoldsForLists(Cuts, cuts =>
        {
            var answer = LongText[..equal] + "☃" + LongText;

            Assert.That(Filter(LongText, answer, cuts), Is.EqualTo((answer, 0)));
        });

    [Test]
    public void TextThatEndsBeforeItDiffers_IsPassedOn() =>
        Always.HoldsForLists(Cuts, cuts => Assert.That(Filter(LongText, LongText[..50], cuts), Is.EqualTo((LongText[..50], 0))));

    [TestCase("ha", ContinueMethod.Assistant, "ha ha")]
    [TestCase("ha", ContinueMethod.ContinueFinalMessage, "ha ha")]
    [TestCase("ha", ContinueMethod.Prefix, " ha")]
    public void ShortText_IsSkipped_OnlyByServersThatAreKnownToRepeatIt(string textSoFar, ContinueMethod method, string expected) =>
        Assert.That(Filter(textSoFar, "ha ha", [], method).Passed, Is.EqualTo(expected));

    [Test]
    public void WithoutTextSoFar_EverythingIsPassedOn([Values] ContinueMethod method) =>
        Assert.That(Filter("", "all of it", [3], method), Is.EqualTo(("all of it", 0)));

    private static (string Passed, int Skips) Filter(string textSoFar, string answer, int[] cuts, ContinueMethod method = ContinueMethod.Assistant)
    {
        var filter = new RepetitionFilter(textSoFar, method);
        var (passed, skips, start) = ("", 0, 0);
        foreach (var end in cuts.Order().Append(answer.Length).Select(cut => Math.Min(cut, answer.Length)))
        {
            passed += filter.Add(answer[start..end], out var hasSkipped);
            skips += hasSkipped ? 1 : 0;
            start = end;
        }
        return (passed + filter.Release(), skips);
    }
}
