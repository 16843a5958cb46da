using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>The samples of the README have the documented results.</summary>
internal sealed partial class ReadmeTests
{
    private const string UseIt = "Use it";

    [Test]
    public async Task Curl_PrintsTheFramesOfTheReadme_AndResumesAtTheNextEvent()
    {
        await using var server = RunningServer.Start();
        var commands = Readme.Samples(UseIt, "sh");
        var frames = Readme.Samples(UseIt, "").Single();

        var printed = await RunAsync("bash", ["-c", Adapt(commands[0], server)]);
        Assert.That(WithoutId(printed), Does.StartWith(WithoutId(frames)));
        Assert.That(printed, Does.EndWith("data: [END]\n\n"));

        var streamId = Ids().Match(printed).Value;
        var resumed = await RunAsync("bash", ["-c", Ids().Replace(Adapt(commands[1], server), streamId)]);
        Assert.That(printed, Does.EndWith(resumed[resumed.IndexOf("id: ", StringComparison.Ordinal)..]));
        Assert.That(resumed, Does.Contain($"id: {streamId}.4\n").And.Not.Contain($"id: {streamId}.3\n"));
    }

    [Test]
    public async Task CSharp_PrintsEachSegmentWhenItArrives()
    {
        var source = new ScriptedGenerator();
        await using var server = RunningServer.Start(source);
        using var folder = new SampleFolder();
        var sample = Adapt(Readme.Samples(UseIt, "csharp").Single(), server).Replace("\"lorem\", words = 30", $"\"{ScriptedGenerator.Name}\"", StringComparison.Ordinal);
        // Ahead-of-time compilation, the default of a file-based program, is for publishing it.
        var file = folder.Write("sample.cs", $"#:property PublishAot=false\n#:project {Path.Combine(Repository.Root, "src/Client/Client.csproj")}\n{sample}");

        using var process = Start("dotnet", ["run", file]);
        var script = await source.NextAsync().WaitAsync(Eventually.Limit * 3);
        script.Write("Hello,");
        // A client that waits for the whole response never prints this.
        Assert.That(await ReadAsync(process, "Hello,".Length), Is.EqualTo("Hello,"));
        script.Write(" reader");
        script.Complete();
        Assert.That(await process.StandardOutput.ReadToEndAsync().WaitAsync(Eventually.Limit), Is.EqualTo(" reader"));
        await process.WaitForExitAsync().WaitAsync(Eventually.Limit);
        Assert.That(process.ExitCode, Is.Zero);
    }

    private static string Adapt(string sample, RunningServer server) => sample.Replace(Readme.Authority, server.Address.Authority, StringComparison.Ordinal);

    private static string WithoutId(string frames) => Ids().Replace(frames, "…");

    private static async Task<string> RunAsync(string program, string[] arguments)
    {
        using var process = Start(program, arguments);
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Eventually.Limit);
        await process.WaitForExitAsync().WaitAsync(Eventually.Limit);
        return output;
    }

    private static Process Start(string program, string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            TestRequirements.Require(false, $"{program} is needed to run the samples of the README: {exception.Message}");
            throw;
        }
    }

    private static async Task<string> ReadAsync(Process process, int count)
    {
        var buffer = new char[count];
        var read = await process.StandardOutput.ReadBlockAsync(buffer).AsTask().WaitAsync(Eventually.Limit);
        return new StringBuilder().Append(buffer, 0, read).ToString();
    }

    [GeneratedRegex("[A-Za-z0-9_-]{22}(?=[.\"])")]
    private static partial Regex Ids();

    private sealed class SampleFolder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sse-streaming-");

        public string Write(string name, string text)
        {
            var path = Path.Combine(_folder.FullName, name);
            File.WriteAllText(path, text);
            return path;
        }

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
