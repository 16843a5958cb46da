using Microsoft.Extensions.Options;

namespace SseStreaming.Infrastructure.Stores.Sqlite;

/// <summary>The folder of the database, locked for one process at a time.</summary>
/// <remarks>
/// The lock is the operating system's lock on a file of its own, which ends with the process, however that ends. The file is never
/// deleted, because two processes could then lock two files of the same name.
/// </remarks>
internal sealed class DataFolder : IDisposable
{
    public const string Key = "DataFolder";
    public const string Default = "data";

    private const string LockFileName = "streams.lock";

    private readonly string _path;
    private readonly FileStream _lock;

    private DataFolder(string path, FileStream lockFile)
    {
        _path = path;
        _lock = lockFile;
    }

    public string DatabaseFile => Path.Combine(_path, "streams.db");

    /// <exception cref="OptionsValidationException">The folder can't be used, or another process uses it.</exception>
    public static DataFolder Open(string path)
    {
        try
        {
            Create(path);
            return new DataFolder(path, new FileStream(Path.Combine(path, LockFileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException exception)
        {
            throw Invalid(path, $"this process may not write there. {exception.Message}");
        }
        catch (IOException exception)
        {
            throw Invalid(path, $"it can't be used, or another process uses it already. {exception.Message}");
        }
    }

    /// <summary>The error that stops the start: one line that names the setting.</summary>
    public OptionsValidationException Refuse(string reason) => Invalid(_path, reason);

    public void Dispose() => _lock.Dispose();

    /// <summary>Creates the folder for its owner alone, because generated text is private.</summary>
    private static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static OptionsValidationException Invalid(string path, string reason) =>
        new(Key, typeof(SqliteOptions), [$"{Key} is '{path}': {reason}"]);
}
