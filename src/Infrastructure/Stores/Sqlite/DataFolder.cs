using Microsoft.Extensions.Options;

namespace SseStreaming.Infrastructure.Stores.Sqlite;

/// <summary>The folder of the database, which belongs to one process at a time.</summary>
/// <remarks>
/// The lock is one of the operating system on a file of its own: it ends with the process, however that ends. The file stays,
/// as to delete it would let two processes hold locks on two files of the same name.
/// </remarks>
internal sealed class DataFolder : IDisposable
{
    public const string Key = "DataFolder";
    public const string Default = "data";

    private const string LockFile = "streams.lock";

    private readonly FileStream _lock;

    private DataFolder(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    public string Path { get; }

    public string Database => System.IO.Path.Combine(Path, "streams.db");

    /// <exception cref="OptionsValidationException">The folder can't be used, or another process uses it.</exception>
    public static DataFolder Open(string path)
    {
        try
        {
            Create(path);
            return new DataFolder(path, new FileStream(System.IO.Path.Combine(path, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException exception)
        {
            throw Fault(path, $"this process may not write there ({exception.Message})");
        }
        catch (IOException exception)
        {
            throw Fault(path, $"it can't be used, or another process uses it already ({exception.Message})");
        }
    }

    /// <summary>What stops the start: one line that names the setting.</summary>
    public OptionsValidationException Refuse(string reason) => Fault(Path, reason);

    public void Dispose() => _lock.Dispose();

    /// <summary>What people had generated is nobody else's to read: a folder that is made here opens for its owner only.</summary>
    private static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static OptionsValidationException Fault(string path, string reason) =>
        new(Key, typeof(SqliteOptions), [$"{Key} is '{path}': {reason}."]);
}
