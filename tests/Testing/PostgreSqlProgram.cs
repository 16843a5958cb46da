using System.Diagnostics;

namespace SseStreaming.Testing;

/// <summary>The programs of an installed PostgreSQL, which refuse to run as root: then they run as the user that Debian made for them.</summary>
internal sealed class PostgreSqlProgram
{
    private const string DebianFolder = "/usr/lib/postgresql";
    private const string User = "postgres";

    private readonly string _folder;

    private PostgreSqlProgram(string folder) => _folder = folder;

    public static PostgreSqlProgram? Find()
    {
        var debian = Directory.Exists(DebianFolder)
            ? Directory.EnumerateDirectories(DebianFolder).OrderByDescending(folder => folder, StringComparer.Ordinal).Select(folder => Path.Combine(folder, "bin"))
            : [];
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return debian.Concat(path).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb"))) is { } found
            ? new PostgreSqlProgram(found)
            : null;
    }

    /// <summary>Makes a folder belong to the user that the programs run as.</summary>
    public void GiveAway(string folder)
    {
        if (!Environment.IsPrivilegedProcess)
            return;
        using var chown = Process.Start("chown", [User, folder]);
        chown.WaitForExit();
        if (chown.ExitCode != 0)
            throw new InvalidOperationException($"The folder of the database can't be given to the user '{User}'.");
    }

    public async Task RunAsync(string program, TimeSpan patience, params string[] arguments)
    {
        var path = Path.Combine(_folder, program);
        var start = Environment.IsPrivilegedProcess
            ? new ProcessStartInfo("setpriv", [$"--reuid={User}", $"--regid={User}", "--init-groups", "--", path, .. arguments])
            : new ProcessStartInfo(path, arguments);
        start.WorkingDirectory = Path.GetTempPath();
        start.Environment["LC_ALL"] = "C";
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(patience);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await output}{await errors}");
    }
}
