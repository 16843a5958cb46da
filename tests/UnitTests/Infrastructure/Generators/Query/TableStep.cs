namespace SseStreaming.UnitTests.Infrastructure.Generators.Query;

/// <param name="Kind">What happens.</param>
/// <param name="Number">Which of the writers, or which of the rows.</param>
internal readonly record struct TableStep(TableStepKind Kind, int Number);
