using System.Diagnostics;
using System.Globalization;

namespace SseStreaming.Benchmarks.Load;

/// <summary>Publishes the API, runs scenarios in interleaved rounds, and prints medians and their ratios to the usual loop.</summary>
internal static class LoadRun
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var rounds = 3;
        var names = new List<string>();
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--rounds")
                rounds = int.Parse(arguments[++i], CultureInfo.InvariantCulture);
            else
                names.Add(arguments[i]);
        }
        var scenarios = Scenarios.All.Where(scenario => names.Count == 0 || names.Contains(scenario.Name)).ToList();
        if (names is ["publish"])
        {
            Console.WriteLine(await PublishAsync());
            return 0;
        }
        if (!OperatingSystem.IsLinux() || scenarios.Count == 0)
        {
            Console.Error.WriteLine($"Needs Linux, and scenarios among: {string.Join(", ", Scenarios.All.Select(scenario => scenario.Name))}.");
            return 2;
        }

        var contenders = Contenders(Environment.GetEnvironmentVariable("BENCH_API") ?? await PublishAsync());
        // The servers have core 0 for themselves.
        if (Environment.ProcessorCount > 1)
            Process.GetCurrentProcess().ProcessorAffinity = (nint)(((1L << Environment.ProcessorCount) - 1) & ~1L);
        Console.WriteLine($"| scenario | figure | {string.Join(" | ", contenders.Select(contender => contender.Name))} | to the loop |");
        Console.WriteLine($"|---|---|{string.Concat(contenders.Select(_ => "---|"))}---|");
        foreach (var scenario in scenarios)
            await MeasureAsync(scenario, contenders, rounds);
        return 0;
    }

    private static async Task MeasureAsync(Scenario scenario, List<Contender> contenders, int rounds)
    {
        var figures = contenders.ToDictionary(contender => contender.Name, _ => new Dictionary<string, List<double>>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var contender in contenders)
            {
                foreach (var (figure, value) in await scenario.MeasureAsync(contender))
                {
                    if (!figures[contender.Name].TryGetValue(figure, out var values))
                        figures[contender.Name][figure] = values = [];
                    values.Add(value);
                }
            }
        }
        foreach (var figure in figures[contenders[0].Name].Keys)
        {
            var medians = contenders.Select(contender => Median(figures[contender.Name][figure])).ToArray();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {scenario.Name} | {figure} | {string.Join(" | ", medians.Select(Format))} | {medians[0] / medians[1]:0.00}× |"));
        }
    }

    private static List<Contender> Contenders(string api)
    {
        string[] self = ["dotnet", typeof(LoadRun).Assembly.Location];
        var quiet = new Dictionary<string, string> { ["DOTNET_gcServer"] = "0" };
        return
        [
            new("this server", [Path.Combine(api, "SseStreaming.Api"), "--urls", "http://127.0.0.1:{port}", "--contentRoot", api],
                new(quiet) { ["Store"] = "Memory", ["Serilog__MinimumLevel__Default"] = "Warning", ["Serilog__MinimumLevel__Override__Microsoft"] = "Warning" }, HasStreams: true),
            new("usual loop", [.. self, "peer", "loop", "{port}"], quiet, HasStreams: false),
            new("ServerSentEvents", [.. self, "peer", "results", "{port}"], quiet, HasStreams: false),
        ];
    }

    private static async Task<string> PublishAsync()
    {
        // Kept between runs, as compiling ahead takes a minute or two when something changed.
        var folder = Path.Combine(RepositoryRoot(), "artifacts", "benchmarks", "api");
        var project = Path.Combine(RepositoryRoot(), "src", "Api");
        using var publish = Process.Start(new ProcessStartInfo("dotnet", ["publish", project, "-p:PublishProfile=Production", "-o", folder, "-v", "quiet", "-nologo", "-p:BuildPage=false"])
        {
            RedirectStandardOutput = true,
        })!;
        var output = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        return publish.ExitCode == 0 ? folder : throw new InvalidOperationException(output);
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "SseStreaming.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("Run this from a clone of the repository.");
        return folder.FullName;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static string Format(double value) =>
        value.ToString(value >= 1000 ? "#,0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
