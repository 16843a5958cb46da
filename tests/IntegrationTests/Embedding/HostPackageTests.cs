using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Embedding;

/// <summary>The package <c>SseStreaming.AspNetCore</c> and the template, in an empty folder with empty caches; and the samples.</summary>
[Category(TestCategories.Long)]
internal sealed class HostPackageTests
{
    private static readonly (string Project, string Id)[] Libraries =
    [
        ("src/Domain", "SseStreaming.Domain"), ("src/Application", "SseStreaming.Application"), ("src/Infrastructure", "SseStreaming.Infrastructure"),
        ("src/AspNetCore", "SseStreaming.AspNetCore"), ("templates", "SseStreaming.Templates"),
    ];

    private static PackageFolder _folder = null!;

    [OneTimeSetUp]
    public static async Task Pack()
    {
        _folder = new PackageFolder();
        foreach (var (project, id) in Libraries)
            await _folder.PackAsync(project, id);
    }

    [OneTimeTearDown]
    public static void Delete() => _folder.Dispose();

    [Test]
    public async Task NewApplication_WithThePackage_ResumesExactly()
    {
        await _folder.RunAsync("new", "web", "--output", "app", "--name", "App", "--no-restore");
        var project = await File.ReadAllTextAsync(_folder.At("app/App.csproj"));
        _folder.Write("app/App.csproj", project.Replace(
            "</Project>", $"<ItemGroup><PackageReference Include=\"SseStreaming.AspNetCore\" Version=\"{PackageFolder.Version}\" /></ItemGroup></Project>", StringComparison.Ordinal));
        _folder.Write("app/Program.cs", PackageFolder.ReadSample("src/AspNetCore/README.md"));
        await _folder.RunAsync("build", "app");

        await ResumesExactlyAsync(_folder.At("app"), "App.dll", "/ai/sse?source=count");
    }

    [Test]
    public async Task Template_MakesAnApplication_ThatResumesExactly()
    {
        // Not in the templates of the user.
        string[] own = ["--debug:custom-hive", _folder.At("templates")];
        await _folder.RunAsync(["new", "install", _folder.At($"packages/SseStreaming.Templates.{PackageFolder.Version}.nupkg"), .. own]);
        await _folder.RunAsync(["new", "ssestreaming", "--output", "Made", .. own]);
        await _folder.RunAsync("build", "Made", "-warnaserror");

        await ResumesExactlyAsync(_folder.At("Made"), "Made.dll", "/ai/sse?source=count");
    }

    [TestCase("MinimalHost", "/ai/sse?source=count")]
    [TestCase("ChatHost", "/ai/sse?source=chat&prompt=Hello")]
    public async Task Sample_ResumesExactly(string sample, string path)
    {
        var folder = Path.Combine(Repository.Root, "samples", sample);
        await _folder.RunAsync("build", folder, "--output", _folder.At(sample));

        await ResumesExactlyAsync(folder, Path.Combine(_folder.At(sample), $"SseStreaming.{sample}.dll"), path);
    }

    [Test]
    public void Template_AndReadme_ShowTheSmallestSample()
    {
        var sample = File.ReadAllText(Path.Combine(Repository.Root, "samples", "MinimalHost", "Program.cs")).TrimEnd();

        Assert.That(PackageFolder.ReadSample("src/AspNetCore/README.md"), Is.EqualTo(sample));
        Assert.That(File.ReadAllText(Path.Combine(Repository.Root, "templates", "content", "ssestreaming", "Program.cs")).TrimEnd(), Is.EqualTo(sample));
    }

    /// <summary>Starts the application, cuts a viewer off, and resumes it to its end.</summary>
    private static async Task ResumesExactlyAsync(string folder, string program, string path)
    {
        var address = new Uri($"http://127.0.0.1:{Ports.Free()}");
        var file = Path.IsPathRooted(program) ? program : Directory.GetFiles(Path.Combine(folder, "bin"), program, SearchOption.AllDirectories)[0];
        await using var process = new TestProcess(
            "dotnet", [file, "--urls", address.ToString(), "--contentRoot", folder, "--Store", "Memory"], new Dictionary<string, string>(),
            Path.Combine(TestContext.CurrentContext.WorkDirectory, "host-package.log"));
        using var client = new HttpClient { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        await Eventually.Happens(() => IsListeningAsync(client), "the application listens");

        var ids = new List<string>();
        await using (var viewer = await SseViewer.OpenAsync(client, Ask.Get(path)))
        {
            while (ids.Count < 5)
                ids.Add((await viewer.ExpectAsync()).EventId!);
        }
        await using var resumed = await SseViewer.OpenAsync(client, Ask.Get(path.Split('?')[0], ids[^1]));
        var rest = await resumed.ReadToEndAsync();
        ids.AddRange(rest.Where(item => item.EventId is not null).Select(item => item.EventId!));

        Assert.That(rest.Any(item => item.EventType is "completed"), Is.True);
        var stream = ids[0].Split('.')[0];
        Assert.That(ids, Is.EqualTo(Enumerable.Range(1, ids.Count).Select(sequence => $"{stream}.{sequence}")));
    }

    private static async Task<bool> IsListeningAsync(HttpClient client)
    {
        try
        {
            using var response = await client.GetAsync(new Uri("/ai/sources", UriKind.Relative));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
