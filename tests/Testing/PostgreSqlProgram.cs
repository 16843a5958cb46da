using System.Diagnostics;

namespace SseStreaming.Testing;

/// <summary>The programs of an installed PostgreSQL. They refuse to run as root; in that case they run as the user that Debian's package creates.</summary>
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

    /// <summary>Makes the user of the programs the owner of a folder.</summary>
    public void GiveAway(string folder)
    {
        if (!Environment.IsPrivilegedProcess)
            return;
        using var chown = Process.Start("chown", [User, folder]);
        chown.WaitForExit();
        if (chown.ExitCode != 0)
            throw new InvalidOperationException($"The user '{User}' can't be made the owner of the database folder.");
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
