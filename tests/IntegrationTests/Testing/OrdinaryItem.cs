using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using RangeAttribute = System.ComponentModel.DataAnnotations.RangeAttribute;

namespace SseStreaming.IntegrationTests.Testing;

/// <summary>A body with data annotations.</summary>
[SuppressMessage("Maintainability", "CA1515", Justification = "A public controller takes public types only.")]
public sealed record OrdinaryItem([Required, StringLength(5)] string Name, [Range(1, 9)] int Count);
