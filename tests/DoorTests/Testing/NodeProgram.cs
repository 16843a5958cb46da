using System.Diagnostics;
using System.Text.Json;

namespace SseStreaming.DoorTests.Testing;

/// <summary>Programs in the folder <c>clients</c>, which use the official npm packages.</summary>
internal static class NodeProgram
{
    private const string LockFile = "package-lock.json";

    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "DoorTests", "clients");

    private static readonly Lazy<Task<string?>> Fault = new(InstallAsync);

    /// <summary>Installs the packages, once; skips the test if Node.js or npm is missing.</summary>
    public static async Task RequireAsync()
    {
        var fault = await Fault.Value;
        TestRequirements.Require(fault is null, $"The clients need Node.js 20 or later with npm, and the npm registry. {fault}");
    }

    /// <summary>Runs a program, and returns the JSON that it prints.</summary>
    /// <param name="program">The name of a file in the folder.</param>
    /// <param name="input">What the program gets as its only argument, as JSON.</param>
    public static async Task<JsonElement> RunAsync(string program, object input)
    {
        await RequireAsync();
        var (exitCode, output, error) = await StartAsync("node", [program, JsonSerializer.Serialize(input, JsonSerializerOptions.Web)]);
        Assert.That(exitCode, Is.Zero, () => $"{program} failed: {error}{output}");
        return JsonSerializer.Deserialize<JsonElement>(output);
    }

    /// <summary>Runs the text of a program as an ES module, and returns what it prints.</summary>
    public static async Task<string> RunTextAsync(string text, IReadOnlyDictionary<string, string>? environment = null)
    {
        await RequireAsync();
        var (exitCode, output, error) = await StartAsync("node", ["--input-type=module", "--eval", text], environment);
        Assert.That(exitCode, Is.Zero, () => $"The program failed: {error}{output}");
        return output;
    }

    /// <summary>Null if the packages are there; else why not.</summary>
    private static async Task<string?> InstallAsync()
    {
        var installed = Path.Combine(Folder, "node_modules", $".{LockFile}");
        var wanted = Path.Combine(Folder, LockFile);
        if (File.Exists(installed) && File.GetLastWriteTimeUtc(installed) >= File.GetLastWriteTimeUtc(wanted))
            return null;
        try
        {
            // The lock keeps two test processes from installing at the same time.
            await using var gate = await LockAsync();
            var (exitCode, _, error) = await StartAsync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
            return exitCode == 0 ? null : error;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return exception.Message;
        }
    }

    private static async Task<FileStream> LockAsync()
    {
        var file = Path.Combine(Path.GetTempPath(), "sse-streaming-door-clients.lock");
        FileStream? gate = null;
        await Eventually.Happens(() =>
        {
            try
            {
                gate = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
            }
            return gate is not null;
        }, "no other process installs the packages");
        return gate!;
    }

    private static async Task<(int ExitCode, string Output, string Error)> StartAsync(
        string program, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await Task.WhenAll(output, error, process.WaitForExitAsync()).WaitAsync(Eventually.Limit * 5);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
