using System.ComponentModel.DataAnnotations;
using SseStreaming.Application.Common;

namespace SseStreaming.UnitTests.Application.Common;

internal sealed class SettingsValidatorTests
{
    private readonly SettingsValidator<Settings> _validator = new("Section");

    [Test]
    public void ValidSettings_Pass() => Assert.That(_validator.Validate(null, new Settings()).Succeeded, Is.True);

    [Test]
    public void Errors_NameTheSettings()
    {
        var result = _validator.Validate(null, new Settings { Count = 11, Name = null, Other = "wrong" });

        Assert.That(result.Failures, Is.EqualTo(new[]
        {
            "The field Section:Count must be between 1 and 10.", "The Section:Name field is required.", "Section:Other is wrong.",
        }));
    }

    private sealed class Settings : IValidatableObject
    {
        [System.ComponentModel.DataAnnotations.Range(1, 10)]
        public int Count { get; set; } = 1;

        [Required]
        public string? Name { get; set; } = "a name";

        public string? Other { get; set; }

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
            Other is null ? [] : [new ValidationResult($"Section:Other is {Other}.")];
    }
}
