namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <param name="Key">A <see cref="long"/> or a <see cref="string"/>.</param>
internal readonly record struct Row(object Key, string Text);
