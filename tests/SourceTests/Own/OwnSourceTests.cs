using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Domain;
using SseStreaming.Testing.Servers;

namespace SseStreaming.SourceTests.Own;

/// <summary>Sources of an application, as docs/sources.md shows them.</summary>
internal sealed class OwnSourceTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "sources.md")).ReplaceLineEndings("\n");

    [TestCase("EchoSample.cs")]
    [TestCase("Countdown.cs")]
    [TestCase("ResumableCountdown.cs")]
    public void Page_ShowsTheSample(string file)
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, "tests", "SourceTests", "Own", file));
        var sample = lines.SkipWhile(line => line.Trim() != "// <sample>").Skip(1).TakeWhile(line => line.Trim() != "// </sample>").ToList();
        var indentation = sample[0].Length - sample[0].TrimStart().Length;
        var code = string.Join('\n', sample.Select(line => line.Length > indentation ? line[indentation..] : ""));

        Assert.That(Page, Does.Contain($"```csharp\n{code}\n```\n"));
    }

    [Test]
    public async Task Function_IsASource()
    {
        await using var server = Start([], services =>
        {
            var builder = WebApplication.CreateSlimBuilder();
            EchoSample.AddTo(builder);
            foreach (var service in builder.Services.Where(service => service.ServiceType == typeof(ITextGenerator) || service.ServiceType == typeof(SourceSettings)))
                services.Add(service);
        });

        Assert.That(await TextOfAsync(server, """{"source":"echo","prompt":"hey","times":3}"""), Is.EqualTo("hey hey hey "));
        Assert.That(await TextOfAsync(server, """{"source":"echo","prompt":"ho"}"""), Is.EqualTo("ho ho "));
    }

    [Test]
    public async Task Class_ReadsItsSettingsAndOptions()
    {
        await using var server = Start(new() { ["Sources:down:Pause"] = "00:00:00.001" }, services => services.AddTextSource<Countdown>("down"));

        Assert.That(await TextOfAsync(server, """{"source":"down","from":3}"""), Is.EqualTo("3 2 1 "));
        Assert.That(await TextOfAsync(server, """{"source":"down","from":1,"step":0.25,"greet":true}"""), Is.EqualTo("You: 1 0.75 0.5 0.25 "));
    }

    [Test]
    public async Task ResumableClass_ContinuesAfterARestart_WithoutLossOrRepetition()
    {
        var folder = Directory.CreateTempSubdirectory("own-").FullName;
        var settings = new Dictionary<string, string> { ["Store"] = "Sqlite", ["DataFolder"] = folder, ["Sources:down:Pause"] = "00:00:00.020" };
        StreamId streamId;
        await using (var first = Start(settings, services => services.AddTextSource<ResumableCountdown>("down")))
        {
            using var response = await first.Client.SendAsync(Ask.Post("/streams", """{"source":"down","onDisconnect":"continue"}"""));
            streamId = Ask.StartedBy(response);
            await Eventually.Happens(async () => (await first.StateAsync(streamId)).Segments > 2, "some text is stored");
            await first.StopAsync();
            await Eventually.Happens(() => IsFree(Path.Combine(folder, "streams.lock")), "the folder is free");
        }

        await using (var second = Start(settings, services => services.AddTextSource<ResumableCountdown>("down")))
        {
            await using var viewer = await SseViewer.OpenAsync(second, $"/streams/{streamId}/events");
            var end = (await viewer.ReadToEndAsync()).Single(Ask.IsTerminal);
            var text = Encoding.UTF8.GetString(await second.TextAsync(streamId));
            Assert.That((end.EventType, text), Is.EqualTo(("completed", string.Concat(Enumerable.Range(1, 100).Reverse().Select(number => string.Create(CultureInfo.InvariantCulture, $"{number} "))))));
        }
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public async Task OnlySource_IsTheDefault_WhereLoremAndDocumentsAreLeftOut()
    {
        await using var server = Start(
            new() { ["Sources:Lorem"] = "false", ["Sources:Document:Folder"] = "", ["Sources:down:Pause"] = "00:00:00.001" },
            services => services.AddTextSource<Countdown>("down"));

        Assert.That(await TextOfAsync(server, """{"from":2}"""), Is.EqualTo("2 1 "));
        Assert.That(server.Streams.Sources.Select(source => source.Name), Is.EqualTo((string[])["down"]));
    }

    [TestCase("LOREM", "A source can't have the name 'LOREM', because Sources:LOREM is a setting of the server.")]
    [TestCase("query", "A source can't have the name 'query', because Sources:query is a setting of the server.")]
    public void NameThatIsTaken_StopsTheStart(string name, string expected)
    {
        var exception = Assert.Catch(() => Start([], services =>
            services.AddTextSource(name, (_, _) => AsyncEnumerable.Empty<string>())));

        Assert.That(Failures(exception), Does.Contain(expected));
    }

    [Test]
    public void UnknownSectionBesideOwnSources_StopsTheStart()
    {
        var exception = Assert.Catch(() => Start(new() { ["Sources:dwon:Pause"] = "1" }, services => services.AddTextSource<Countdown>("down")));

        Assert.That(Failures(exception), Does.Contain("Sources:dwon is not a setting; Sources has Default, Lorem, Document, OpenAi, Anthropic, Query, External, down."));
    }

    [Test]
    public void InvalidName_IsRefusedWhereItIsAdded() =>
        Assert.That(() => new ServiceCollection().AddTextSource<Countdown>("a b"), Throws.ArgumentException);

    private static bool IsFree(string file)
    {
        try
        {
            using var held = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Failures(Exception? exception) => exception switch
    {
        OptionsValidationException invalid => invalid.Failures,
        AggregateException several => several.InnerExceptions.SelectMany(Failures),
        _ => [],
    };

    private static RunningServer Start(Dictionary<string, string> settings, Action<IServiceCollection> configure) => RunningServer.Start(settings, [], configure);

    private static async Task<string> TextOfAsync(RunningServer server, string request)
    {
        await using var viewer = await SseViewer.OpenAsync(server, Ask.Post("/sse", request));
        return Ask.TextOf(await viewer.ReadToEndAsync());
    }
}
