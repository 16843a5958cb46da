using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using SseStreaming.Api.Hosting;

namespace SseStreaming.UnitTests.Api.Hosting;

internal sealed class RemovedSettingsTests
{
    [TestCase("Limits:JsonDepth", "Limits:JsonDepth is no longer a setting. Remove it: a JSON body may have 8 levels.")]
    [TestCase("limits:startcounts", "Limits:StartCounts is no longer a setting. Remove it: the starts of clients are counted in 65,536 buckets.")]
    [TestCase("Limits:Fields:Inner", "Limits:Fields is no longer a setting. Remove it: a request may have 64 fields.")]
    public void Validate_WithARemovedSetting_SaysWhatToUseInstead(string key, string message)
    {
        var configuration = Configure((key, "12"));

        Assert.That(
            () => RemovedSettings.Validate(configuration),
            Throws.TypeOf<OptionsValidationException>().With.Property(nameof(OptionsValidationException.Failures)).EqualTo(new[] { message }));
    }

    [Test]
    public void Validate_WithSeveralRemovedSettings_NamesThemAll()
    {
        var configuration = Configure(("Limits:JsonDepth", "8"), ("Limits:Fields", "64"));

        Assert.That(
            () => RemovedSettings.Validate(configuration),
            Throws.TypeOf<OptionsValidationException>().With.Property(nameof(OptionsValidationException.Failures)).Count.EqualTo(2));
    }

    [Test]
    public void Validate_WithoutARemovedSetting_Passes()
    {
        var configuration = Configure(("Limits:Viewers", "12"), ("Limits:FieldsOfSomethingElse", "1"));

        Assert.That(() => RemovedSettings.Validate(configuration), Throws.Nothing);
    }

    private static IConfiguration Configure(params IEnumerable<(string Key, string Value)> settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)))
        .Build();
}
