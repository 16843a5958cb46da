using System.Diagnostics.CodeAnalysis;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Schema;

/// <summary>The database belongs to a newer server, whose rules this one does not know.</summary>
[SuppressMessage("Design", "CA1064", Justification = "It does not leave the start, which turns it into a line for the operator.")]
internal sealed class SchemaTooNewException(int found, int known)
    : Exception($"The schema in the database is of version {found}; this server knows versions up to {known}. Start a newer server.");
