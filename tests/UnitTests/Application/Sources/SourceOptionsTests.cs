using SseStreaming.Application.Contracts;
using SseStreaming.Application.Sources;

namespace SseStreaming.UnitTests.Application.Sources;

internal sealed class SourceOptionsTests
{
    private static readonly SourceDescription Source = new("test", "A test.")
    {
        Options =
        [
            new("words", OptionType.Integer, "Words.") { Minimum = 1, Maximum = 100, Default = 10L },
            new("seed", OptionType.Integer, "Seed."),
            new("file", OptionType.Text, "File.") { Required = true, MaxLength = 5 },
            new("heat", OptionType.Number, "Heat.") { Minimum = 0, Maximum = 2 },
            new("deep", OptionType.Boolean, "Deep."),
        ],
    };

    [TestCase("1", ExpectedResult = 1)]
    [TestCase("100", ExpectedResult = 100)]
    public long Read_OfAnInteger_GivesItsValue(string text) =>
        Read(("file", "a"), ("words", text)).Integer("words");

    [Test]
    public void Values_HaveAReaderForEachType()
    {
        var options = Read(("file", "a"), ("heat", "0.5"), ("deep", "true"));

        Assert.Multiple(() =>
        {
            Assert.That((options.Number("heat"), options.Boolean("deep"), options.Text("file")), Is.EqualTo((0.5, true, "a")));
            Assert.That((options.OptionalNumber("heat"), options.OptionalBoolean("deep"), options.OptionalText("file")), Is.EqualTo(((double?)0.5, (bool?)true, "a")));
            Assert.That((Read(("file", "a")).OptionalNumber("heat"), Read(("file", "a")).OptionalBoolean("deep")), Is.EqualTo(((double?)null, (bool?)null)));
        });
    }

    [Test]
    public void Default_IsConvertedToTheType_OrRefused() => Assert.Multiple(() =>
    {
        Assert.That(new SourceOption("a", OptionType.Integer, "") { Default = 1 }.Default, Is.EqualTo(1L).And.TypeOf<long>());
        Assert.That(new SourceOption("a", OptionType.Number, "") { Default = 1 }.Default, Is.EqualTo(1.0).And.TypeOf<double>());
        Assert.That(() => new SourceOption("a", OptionType.Integer, "") { Default = "1" }, Throws.ArgumentException);
    });

    [TestCase("0")]
    [TestCase("101")]
    [TestCase("-1")]
    [TestCase("")]
    [TestCase("ten")]
    [TestCase(" 10")]
    [TestCase("1.0")]
    [TestCase("1e1")]
    [TestCase("1,0")]
    [TestCase("0x10")]
    [TestCase("99999999999999999999999")]
    [TestCase("10\0", Description = "number parsers skip NULs at the end")]
    public void Read_OfAnythingButAnIntegerInItsRange_IsRefused(string text) =>
        Assert.That(Refuse(("file", Sent("a")), ("words", Sent(text))).Errors!["words"].Single(),
            Is.EqualTo("'words' must be a whole number from 1 to 100."));

    [TestCase(OptionForm.String)]
    [TestCase(OptionForm.Other)]
    public void Read_OfAnIntegerInAnotherJsonForm_IsRefused(OptionForm form) =>
        Assert.That(Refuse(("file", Sent("a")), ("words", new OptionValue("10", form))).Errors, Contains.Key("words"));

    [TestCase(OptionForm.Number)]
    [TestCase(OptionForm.Other)]
    public void Read_OfATextInAnotherJsonForm_IsRefused(OptionForm form) =>
        Assert.That(Refuse(("file", new OptionValue("5", form))).Errors, Contains.Key("file"));

    [TestCase("0", 0.0)]
    [TestCase("2", 2.0)]
    [TestCase("0.7", 0.7)]
    [TestCase("1.5e0", 1.5)]
    public void Read_OfANumber_ReturnsItsValue(string text, double value) =>
        Assert.That(Read(("file", "a"), ("heat", text)).Find("heat"), Is.EqualTo(value));

    [TestCase("-0.1")]
    [TestCase("2.1")]
    [TestCase("NaN")]
    [TestCase("Infinity")]
    [TestCase("1e999")]
    [TestCase("0,7")]
    [TestCase(" 1")]
    [TestCase("1\0", Description = "number parsers skip NULs at the end")]
    [TestCase("")]
    public void Read_OfAnythingButANumberInItsRange_IsRefused(string text) =>
        Assert.That(Refuse(("file", Sent("a")), ("heat", Sent(text))).Errors!["heat"].Single(), Is.EqualTo("'heat' must be a number from 0 to 2."));

    [TestCase("true", true)]
    [TestCase("false", false)]
    public void Read_OfABoolean_ReturnsItsValue(string text, bool value) =>
        Assert.That(Read(("file", "a"), ("deep", text)).Find("deep"), Is.EqualTo(value));

    [TestCase("True")]
    [TestCase("1")]
    [TestCase("yes")]
    [TestCase("")]
    public void Read_OfAnythingButTrueOrFalse_IsRefused(string text) =>
        Assert.That(Refuse(("file", Sent("a")), ("deep", Sent(text))).Errors!["deep"].Single(), Is.EqualTo("'deep' must be true or false."));

    [TestCase("")]
    [TestCase("longer")]
    public void Read_OfATextOfTheWrongLength_IsRefused(string text) =>
        Assert.That(Refuse(("file", Sent(text))).Errors!["file"].Single(), Is.EqualTo("'file' must be text of 1 to 5 characters."));

    [Test]
    public void Read_OfAMissingOption_ReturnsTheDefaultOrNothing()
    {
        var options = Read(("file", "a"));

        Assert.That(options.Integer("words"), Is.EqualTo(10));
        Assert.That(options.OptionalInteger("seed"), Is.Null);
        Assert.That(options.Text("file"), Is.EqualTo("a"));
    }

    [Test]
    public void Read_WithoutARequiredOption_IsRefused() =>
        Assert.That(Refuse().Errors!["file"].Single(), Is.EqualTo("'file' is missing: the source 'test' needs text of 1 to 5 characters."));

    [Test]
    public void Read_OfAnUnknownOption_NamesThoseThatThereAre() =>
        Assert.That(Refuse(("file", Sent("a")), ("Words", Sent("1"))).Errors!["Words"].Single(),
            Is.EqualTo("'Words' is not an option of the source 'test', which takes 'words', 'seed', 'file', 'heat', 'deep'."));

    [Test]
    public void Read_OfSeveralMistakes_NamesAllOfThemAtOnce()
    {
        var refusal = Refuse(("words", Sent("0")), ("seed", Sent("x")), ("color", Sent("red")));

        Assert.That(refusal.Reason, Is.EqualTo(RefusalReason.InvalidInput));
        Assert.That(refusal.Errors!.Keys, Is.EquivalentTo(new[] { "words", "seed", "file", "color" }));
    }

    [Test]
    public void Read_OfANameThatAClientMadeUp_RepeatsOnlyAShortAndHarmlessPartOfIt()
    {
        var refusal = Refuse(("file", Sent("a")), ("<script>\r\n" + new string('x', 1_000), Sent("1")));

        Assert.That(refusal.Errors!.Keys.Single(), Is.EqualTo("?script???" + new string('x', 30)));
        Assert.That(refusal.Detail, Does.Not.Contain("<"));
    }

    [Test]
    public void Read_NeverRepeatsAValue() =>
        Assert.That(Refuse(("file", Sent("secret")), ("words", Sent("secret"))).Detail, Does.Not.Contain("secret"));

    private static OptionValue Sent(string text) => new(text, OptionForm.Query);

    private static SourceOptions Read(params (string Name, string Text)[] sent)
    {
        var outcome = SourceOptions.Read(Source, sent.ToDictionary(pair => pair.Name, pair => Sent(pair.Text)));
        Assert.That(outcome.Refusal?.Detail, Is.Null);
        return outcome.Value!;
    }

    private static Refusal Refuse(params (string Name, OptionValue Value)[] sent)
    {
        var outcome = SourceOptions.Read(Source, sent.ToDictionary(pair => pair.Name, pair => pair.Value));
        Assert.That(outcome.Value, Is.Null);
        return outcome.Refusal!;
    }
}
