using System.Diagnostics;
using System.Text.RegularExpressions;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Client;

/// <summary>The package <c>SseStreaming.Client</c>, in an empty folder with empty caches: its README's program streams from the real server.</summary>
[Category(TestCategories.Long)]
internal sealed partial class ClientPackageTests
{
    private static readonly string Source = Path.Combine(Repository.Root, "src", "Client");

    private DirectoryInfo _folder = null!;

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("sse-streaming-package-");

    [TearDown]
    public void TearDown() => _folder.Delete(recursive: true);

    [Test]
    public async Task Program_OfTheReadme_RunsWithThePackage()
    {
        await using var server = RunningServer.Start();
        var packages = Path.Combine(_folder.FullName, "packages");
        await RunAsync(Repository.Root, "pack", Source, "--output", packages, "--verbosity", "quiet");
        var package = Directory.GetFiles(packages, "SseStreaming.Client.*.nupkg").Single();
        var version = Path.GetFileNameWithoutExtension(package)["SseStreaming.Client.".Length..];
        var program = Block().Match(await File.ReadAllTextAsync(Path.Combine(Source, "README.md"))).Groups["code"].Value;
        Write("app.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <UseAppHost>false</UseAppHost>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="SseStreaming.Client" Version="{version}" />
              </ItemGroup>
            </Project>
            """);
        Write("nuget.config", """
            <configuration>
              <packageSources><clear /><add key="local" value="packages" /></packageSources>
              <config><add key="globalPackagesFolder" value="cache" /></config>
            </configuration>
            """);
        Write("Program.cs", program.Replace(Readme.Authority, server.Address.Authority, StringComparison.Ordinal));

        var printed = await RunAsync(_folder.FullName, "run");

        Assert.That(File.Exists(Path.ChangeExtension(package, ".snupkg")), Is.True, "the symbols are packed");
        Assert.That(printed.Split(' ', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(30));
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name), text);

    private static async Task<string> RunAsync(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true };
        // Build servers that keep running would hold the output open.
        (start.Environment["UseSharedCompilation"], start.Environment["MSBUILDDISABLENODEREUSE"]) = ("false", "1");
        start.Environment.Remove("NUGET_PACKAGES");
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Eventually.Limit * 5);
        await process.WaitForExitAsync().WaitAsync(Eventually.Limit);
        Assert.That(process.ExitCode, Is.Zero, output);
        return output;
    }

    [GeneratedRegex(@"^```csharp\n(?<code>.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
