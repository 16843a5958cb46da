namespace SseStreaming.Infrastructure.Generators.Document;

/// <summary>Section <c>Sources:Document</c>.</summary>
internal sealed class DocumentOptions
{
    public const string Section = "Sources:Document";

    /// <summary>The folder of the files, relative to the content root. Without it there is no source <c>document</c>.</summary>
    public string? Folder { get; set; }
}
