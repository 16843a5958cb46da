using System.Globalization;
using NUnit.Framework;
using NUnit.Framework.Interfaces;

namespace SseStreaming.Testing;

/// <summary>A test with its own processes, and a folder for their files. If the test fails, the logs are attached to its result.</summary>
public abstract class ProcessTest
{
    private const string SeedVariable = "SSE_TEST_SEED";

    private readonly Stack<IAsyncDisposable> _processes = [];
    private readonly Lock _gate = new();
    private Random _chance = new(0);

    protected string Folder { get; private set; } = "";

    [SetUp]
    public void SetUp()
    {
        Folder = Directory.CreateTempSubdirectory("sse-streaming-").FullName;
        var seed = int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var given)
            ? given : System.Random.Shared.Next();
        _chance = new Random(seed);
        TestContext.Out.WriteLine($"{SeedVariable}={seed}");
    }

    [TearDown]
    public async Task TearDown()
    {
        while (_processes.TryPop(out var process))
            await process.DisposeAsync();
        if (TestContext.CurrentContext.Result.Outcome.Status != TestStatus.Failed)
        {
            Directory.Delete(Folder, recursive: true);
            return;
        }
        foreach (var log in Directory.EnumerateFiles(Folder, "*.log"))
            TestContext.AddTestAttachment(log);
    }

    /// <summary>Registers a process that is disposed at the end of the test.</summary>
    protected T Own<T>(T process)
        where T : IAsyncDisposable
    {
        _processes.Push(process);
        return process;
    }

    protected ServerNode Node(string name, Dictionary<string, string> settings, params string[] arguments)
    {
        settings.TryAdd("Sse__Retry", "00:00:00.100");
        // A slow reconnect must not stop a generation.
        settings.TryAdd("Streams__Grace", "00:01:00");
        // A node ends immediately on a signal, unless a test sets a drain time.
        settings.TryAdd("Streams__DrainTime", "00:00:00");
        settings.TryAdd("DOTNET_gcServer", "0");
        settings.TryAdd("Serilog__MinimumLevel__Default", "Verbose");
        // All clients of a test share one address.
        foreach (var bound in new[] { "RunningGenerationsPerClient", "ViewersPerClient", "StartsPerMinutePerClient", "ConnectionsPerAddress" })
            settings.TryAdd($"Limits__{bound}", "0");
        return Own(new ServerNode(name, Folder, settings, arguments));
    }

    /// <summary>Additional settings for all nodes of a test.</summary>
    protected virtual Dictionary<string, string> Settings => [];

    protected ServerNode SqliteNode(Dictionary<string, string>? settings = null) => Node("node", new(Settings.Concat(settings ?? []))
    {
        ["Store"] = "Sqlite",
        ["DataFolder"] = Path.Combine(Folder, "data"),
    });

    /// <summary>A random number from the test's seed, so that a run can be repeated.</summary>
    protected int Random(int least, int below)
    {
        lock (_gate)
            return _chance.Next(least, below);
    }

    /// <summary>Waits for a random time in milliseconds.</summary>
    protected Task PassRandomly(int below) => Task.Delay(TimeSpan.FromMilliseconds(Random(0, below)), TimeProvider.System);
}
