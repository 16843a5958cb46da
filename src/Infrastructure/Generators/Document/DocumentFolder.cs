namespace SseStreaming.Infrastructure.Generators.Document;

/// <summary>The files of one folder, and nothing outside of it, whatever the name that is asked for.</summary>
internal sealed class DocumentFolder(string root)
{
    private static readonly char[] Separators = ['/'];

    private readonly string _root = Path.GetFullPath(root);

    /// <summary>
    /// The path of a file named by a request; null if there is none that may be read. A name is one or more plain parts with
    /// <c>/</c> between them: parts that begin with a dot, links, and characters that some file system gives a meaning are refused.
    /// </summary>
    public string? Find(string name)
    {
        if (name.Length == 0 || name.Any(IsUnsafe))
            return null;

        var path = _root;
        foreach (var part in name.Split(Separators))
        {
            if (part.Length == 0 || part[0] == '.' || part[^1] is '.' or ' ')
                return null;
            path = Path.Combine(path, part);
            // A link, or a junction, may lead anywhere.
            if (new FileInfo(path).LinkTarget is not null)
                return null;
        }
        return IsRegularFile(path) ? path : null;
    }

    private static bool IsUnsafe(char c) => char.IsControl(c) || char.IsSurrogate(c) || c is '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|' or '%';

    private static bool IsRegularFile(string path)
    {
        var attributes = new FileInfo(path);
        return attributes.Exists && (attributes.Attributes & (FileAttributes.Directory | FileAttributes.Device | FileAttributes.ReparsePoint)) == 0;
    }
}
