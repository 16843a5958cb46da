namespace SseStreaming.Infrastructure.Generators.Document;

/// <summary>Section <c>Sources:Document</c>.</summary>
internal sealed class DocumentOptions
{
    public const string Section = "Sources:Document";

    /// <summary>Folder whose files can be asked for, relative to the content root; empty: there is no such source.</summary>
    public string? Folder { get; set; }
}
