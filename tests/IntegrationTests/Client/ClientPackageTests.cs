using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Client;

/// <summary>The package <c>SseStreaming.Client</c>, in an empty folder with empty caches: its README's program streams from the real server.</summary>
[Category(TestCategories.Long)]
internal sealed class ClientPackageTests
{
    [Test]
    public async Task Program_OfTheReadme_RunsWithThePackage()
    {
        await using var server = RunningServer.Start();
        using var folder = new PackageFolder();
        var package = await folder.PackAsync("src/Client", "SseStreaming.Client");
        folder.Write("app.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <UseAppHost>false</UseAppHost>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="SseStreaming.Client" Version="{PackageFolder.Version}" />
              </ItemGroup>
            </Project>
            """);
        folder.Write("Program.cs", PackageFolder.ReadSample("src/Client/README.md").Replace(Readme.Authority, server.Address.Authority, StringComparison.Ordinal));

        var printed = await folder.RunAsync("run");

        Assert.That(File.Exists(Path.ChangeExtension(package, ".snupkg")), Is.True, "the symbols are packed");
        Assert.That(printed.Split(' ', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(30));
    }
}
