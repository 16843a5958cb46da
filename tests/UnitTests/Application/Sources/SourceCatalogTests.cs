using Microsoft.Extensions.Options;
using SseStreaming.Application.Sources;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Sources;

internal sealed class SourceCatalogTests
{
    [Test]
    public void Find_WithoutAName_ReturnsTheDefaultSource() =>
        Assert.That(Catalog("b", "a", "b").Find(null).Value?.Source.Name, Is.EqualTo("b"));

    [Test]
    public void Find_OfAName_ReturnsThatSource() =>
        Assert.That(Catalog("a", "a", "b").Find("b").Value?.Source.Name, Is.EqualTo("b"));

    [TestCase("")]
    [TestCase("A")]
    [TestCase("c")]
    public void Find_OfAnUnknownName_IsRefusedWithTheKnownNames(string name) =>
        Assert.That(Catalog("a", "b", "a").Find(name).Refusal?.Errors!["source"].Single(),
            Is.EqualTo("'source' is unknown; this server has 'a', 'b'."));

    [Test]
    public void New_WithAnUnknownDefault_NamesTheSetting() =>
        Assert.That(() => Catalog("c", "a", "b"), Throws.TypeOf<OptionsValidationException>()
            .With.Message.EqualTo("Sources:Default is 'c', but the sources are 'a', 'b'."));

    [TestCase("a")]
    [TestCase("A")]
    public void New_WithANameTwice_NamesIt(string other) =>
        Assert.That(() => Catalog("a", "a", other, "b"), Throws.TypeOf<OptionsValidationException>()
            .With.Message.Matches("^Several sources have the name '[aA]', in any case of its letters.$"));

    [TestCase("")]
    [TestCase(null)]
    public void New_WithoutADefault_TakesTheOnlySource(string? none) =>
        Assert.That(Catalog(none, "a").Default, Is.EqualTo("a"));

    private static SourceCatalog Catalog(string? defaultSource, params string[] names) => new(
        names.Select(name => Generators.Create(Generators.Texts(), name)),
        Options.Create(new SourcesOptions { Default = defaultSource }));
}
