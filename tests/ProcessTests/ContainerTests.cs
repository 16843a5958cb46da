using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using SseStreaming.Application;
using SseStreaming.ProcessTests.Testing;

namespace SseStreaming.ProcessTests;

/// <summary>Follows the instructions of <c>deploy/Dockerfile</c> without Docker: publishes the copied files, and runs the result.</summary>
internal sealed class ContainerTests : ProcessTest
{
    private const string UnprivilegedId = "65534";

    private readonly Dockerfile _file = Dockerfile.Read();
    private readonly string _port = Ports.Free().ToString(CultureInfo.InvariantCulture);

    [Test]
    public void EveryCopiedPath_Exists()
    {
        var copied = _file.Copies("page").Concat(_file.Copies("build")).Select(copy => copy.Source).ToList();
        Assert.That(copied, Has.Count.GreaterThan(5));
        foreach (var path in copied)
            Assert.That(Path.Exists(Path.Combine(Repository.Root, path)), Is.True, path);
        Assert.That(File.ReadAllText(Path.Combine(Repository.Root, "client", "vite.config.ts")), Does.Contain("outDir: '../src/Api/wwwroot'"));
        Assert.That(_file.All("FROM"), Is.All.Match(@":\d+\.\d+\.\d+-"), "tags must be exact versions");
    }

    [Test]
    public void Compose_GracePeriod_ExceedsDrainTime()
    {
        var compose = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "compose.yaml"));
        var gracePeriod = TimeSpan.FromSeconds(int.Parse(Regex.Match(compose, @"stop_grace_period: (\d+)s\n").Groups[1].Value, CultureInfo.InvariantCulture));
        Assert.That(gracePeriod, Is.GreaterThan(new StreamsOptions().DrainTime + TimeSpan.FromSeconds(10)));
    }

    [Test]
    [Category(TestCategories.Long)]
    public async Task Published_RunsWithoutRoot_InAReadOnlyFolder()
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Ignore("Only root can start the server as another user.");
        var app = await PublishAsync();
        var data = Directory.CreateDirectory(Path.Combine(Folder, "data")).FullName;
        await RunAsync("chmod", "a+rx", Folder);
        await RunAsync("chmod", "-R", "a-w,a+rX", app);
        await RunAsync("chown", UnprivilegedId, data);

        var server = Own(new TestProcess(
            "setpriv", ["--reuid", UnprivilegedId, "--regid", UnprivilegedId, "--clear-groups", "--no-new-privs", "--", "env", "-C", app, .. _file.EntryPoint],
            EnvironmentFor(data), Path.Combine(Folder, "server.log")));
        await Eventually.Happens(async () =>
        {
            Assert.That(server.HasExited, Is.False, "the server ended during its start; see its log.");
            return await CheckHealthAsync() == 0;
        }, "the health check passed");

        var address = new Uri($"http://127.0.0.1:{_port}");
        var client = new StreamClient(() => address);
        Assert.That(await client.Http.GetStringAsync(address), Is.EqualTo("the page"));
        var viewer = client.View(await client.StartAsync(words: 20, pace: 0));
        await viewer.WatchAsync();
        await ViewerGroup.CheckAsync(client, [viewer], "completed");
        using (var document = await client.Http.GetAsync(new Uri(address, "/sse?source=document&file=alice.txt&pace=0")))
            Assert.That(document.StatusCode, Is.EqualTo(HttpStatusCode.OK), "the published files include the documents");
        Assert.That(Directory.EnumerateFiles(data), Is.Not.Empty);

        Assert.That(await server.TerminateAsync(), Is.Zero);
        Assert.That(await CheckHealthAsync(), Is.Not.Zero);
    }

    /// <summary>Runs <c>dotnet publish</c> on the copied files only.</summary>
    private async Task<string> PublishAsync()
    {
        var source = Path.Combine(Folder, "source");
        foreach (var (from, to) in _file.Copies("build"))
            Copy(Path.Combine(Repository.Root, from), Path.Combine(source, to == "./" ? from : to));
        // The stage that builds the page needs npm packages; a placeholder replaces its output.
        Directory.CreateDirectory(Path.Combine(source, "src", "Api", "wwwroot"));
        await File.WriteAllTextAsync(Path.Combine(source, "src", "Api", "wwwroot", "index.html"), "the page");
        var app = Path.Combine(Folder, "app");
        await RunAsync("env", ["-C", source, "dotnet", .. _file.Publish.Select(argument => argument == "/app" ? app : argument)]);
        return app;
    }

    private Dictionary<string, string> EnvironmentFor(string data)
    {
        var settings = new Dictionary<string, string>(_file.Environment) { ["HOME"] = "/nonexistent", ["DataFolder"] = data };
        settings["ASPNETCORE_URLS"] = settings["ASPNETCORE_URLS"].Replace("+:5081", $"127.0.0.1:{_port}", StringComparison.Ordinal);
        return settings;
    }

    private async Task<int> CheckHealthAsync()
    {
        using var check = Process.Start(_file.HealthCheck[0], _file.HealthCheck[1..].Select(argument => argument.Replace("5081", _port, StringComparison.Ordinal)));
        await check.WaitForExitAsync().WaitAsync(Eventually.Limit);
        return check.ExitCode;
    }

    private async Task RunAsync(string program, params string[] arguments)
    {
        // Build servers that continue to run would keep the output open, and the test would wait for its end forever.
        var environment = new Dictionary<string, string> { ["MSBUILDDISABLENODEREUSE"] = "1", ["UseSharedCompilation"] = "false" };
        await using var process = new TestProcess(program, arguments, environment, Path.Combine(Folder, "build.log"));
        Assert.That(await process.WaitAsync(), Is.Zero, $"{program} failed; see build.log.");
    }

    private static void Copy(string from, string to)
    {
        if (File.Exists(from))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(from, to);
            return;
        }
        foreach (var entry in Directory.EnumerateFileSystemEntries(from))
        {
            // The folders that deploy/Dockerfile.dockerignore excludes.
            if (Path.GetFileName(entry) is not ("bin" or "obj" or "node_modules" or "dist" or "data" or "wwwroot"))
                Copy(entry, Path.Combine(to, Path.GetFileName(entry)));
        }
    }
}
