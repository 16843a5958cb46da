namespace SseStreaming.Infrastructure.Generators.Document;

/// <summary>Finds the files of one folder, and never a file outside of it.</summary>
internal sealed class DocumentFolder(string root)
{
    private readonly string _root = Path.GetFullPath(root);

    /// <summary>
    /// The path of the file that a request names; null if there is no such file or it must not be read. Refused are parts that
    /// begin with a dot, links, and all characters that have a meaning in the path syntax of any file system.
    /// </summary>
    public string? Find(string name)
    {
        if (name.Length == 0 || name.Any(IsUnsafe))
            return null;

        var path = _root;
        foreach (var part in name.Split('/'))
        {
            if (part.Length == 0 || part[0] == '.' || part[^1] is '.' or ' ')
                return null;
            path = Path.Combine(path, part);
            // A link or a junction can point outside the folder.
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
