using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace SseStreaming.Application.Common;

/// <summary>Validates options by their attributes, as the framework does, but with the full name of the setting in each error.</summary>
internal sealed class SettingsValidator<TOptions>(string section) : IValidateOptions<TOptions>
    where TOptions : class
{
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        var errors = new List<ValidationResult>();
        foreach (var property in typeof(TOptions).GetProperties())
        {
            var context = new ValidationContext(options) { MemberName = property.Name, DisplayName = $"{section}:{property.Name}" };
            // Not Validator.TryValidateProperty, which builds type descriptors at the start.
            foreach (var rule in property.GetCustomAttributes<ValidationAttribute>())
            {
                if (rule.GetValidationResult(property.GetValue(options), context) is { } error)
                    errors.Add(error);
            }
        }
        if (options is IValidatableObject validatable)
            errors.AddRange(validatable.Validate(new ValidationContext(options)));
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors.Select(error => error.ErrorMessage!));
    }
}
