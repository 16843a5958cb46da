using System.Diagnostics.CodeAnalysis;

namespace SseStreaming.Infrastructure.Stores.Schema;

/// <summary>A newer server has upgraded the database, and this one does not know that schema.</summary>
[SuppressMessage("Design", "CA1064", Justification = "It does not leave the start, which turns it into one line for the operator.")]
internal sealed class SchemaTooNewException(int found, int known)
    : Exception($"Its schema has version {found}, but this server knows versions up to {known}. Start a newer server.");
