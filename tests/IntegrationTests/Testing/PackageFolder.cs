using System.Diagnostics;
using System.Text.RegularExpressions;

namespace SseStreaming.IntegrationTests.Testing;

/// <summary>An empty folder with empty caches, for applications that use the packages of this repository.</summary>
internal sealed partial class PackageFolder : IDisposable
{
    /// <summary>Of all packages, whatever is committed meanwhile.</summary>
    public const string Version = "1.2.3-test.1";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sse-streaming-package-");

    public PackageFolder()
    {
        // Packages of others come from the machine's cache, which has the layout of a feed.
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        Write("nuget.config", $"""
            <configuration>
              <packageSources><clear /><add key="local" value="packages" /><add key="machine" value="{cache}" /></packageSources>
              <config><add key="globalPackagesFolder" value="cache" /></config>
            </configuration>
            """);
    }

    public string At(string name) => Path.Combine(_folder.FullName, name);

    public void Write(string name, string text) => File.WriteAllText(At(name), text);

    /// <summary>Packs a project, and returns the path of the package.</summary>
    public async Task<string> PackAsync(string project, string id)
    {
        await RunAsync("pack", Path.Combine(Repository.Root, project), "--output", At("packages"), "--verbosity", "quiet", "-p:RunAnalyzers=false", $"-p:MinVerVersionOverride={Version}");
        return At($"packages/{id}.{Version}.nupkg");
    }

    /// <summary>Runs <c>dotnet</c> in the folder, and returns what it printed.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = _folder.FullName, RedirectStandardOutput = true };
        // Build servers that keep running would hold the output open.
        (start.Environment["UseSharedCompilation"], start.Environment["MSBUILDDISABLENODEREUSE"]) = ("false", "1");
        start.Environment.Remove("NUGET_PACKAGES");
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Eventually.Limit * 5);
        await process.WaitForExitAsync().WaitAsync(Eventually.Limit);
        Assert.That(process.ExitCode, Is.Zero, output);
        return output;
    }

    /// <summary>The first C# sample of a README.</summary>
    public static string ReadSample(string readme) =>
        Block().Match(File.ReadAllText(Path.Combine(Repository.Root, readme))).Groups["code"].Value;

    public void Dispose() => _folder.Delete(recursive: true);

    [GeneratedRegex(@"^```csharp\n(?<code>.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
