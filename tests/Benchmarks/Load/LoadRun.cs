using System.Diagnostics;
using System.Globalization;

namespace SseStreaming.Benchmarks.Load;

/// <summary>Publishes the API, runs scenarios in interleaved rounds, and prints medians, their spread, and their ratios to the usual loop.</summary>
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
        string[] known = [.. Scenarios.All.Concat(Scenarios.OfStores).Concat(Scenarios.OfDoors).Concat(Scenarios.OfBroadcasts).Concat(Scenarios.OfWriters).Select(scenario => scenario.Name)];
        if (names is ["publish"])
        {
            Console.WriteLine(await PublishAsync());
            return 0;
        }
        if (!OperatingSystem.IsLinux() || names.Except(known).Any())
        {
            Console.Error.WriteLine($"Requires Linux, and scenarios from this list: {string.Join(", ", known)}.");
            return 2;
        }

        var api = Environment.GetEnvironmentVariable("BENCH_API") ?? await PublishAsync();
        // Core 0 is reserved for the servers.
        if (Environment.ProcessorCount > 1)
            Process.GetCurrentProcess().ProcessorAffinity = (nint)(((1L << Environment.ProcessorCount) - 1) & ~1L);
        try
        {
            await MeasureAllAsync(Selected(Scenarios.All), Contender.Peers(api), "to the loop, before",
                medians => string.Join(", ", medians.Skip(1).Where((_, i) => i != 1).Select(median => Ratio(medians[0], median))), rounds);
            await MeasureAllAsync(Selected(Scenarios.OfStores), Contender.Stores(api), "to memory",
                medians => string.Join(", ", medians.Skip(1).Select(median => Ratio(median, medians[0]))), rounds);
            await MeasureAllAsync(Selected(Scenarios.OfDoors), Contender.Doors(api), "to the native one",
                medians => string.Join(", ", medians.Skip(1).Select(median => Ratio(median, medians[0]))), rounds);
            await MeasureAllAsync(Selected(Scenarios.OfBroadcasts), Contender.Broadcasts(api), "to nchan", medians => Ratio(medians[0], medians[1]), rounds);
            await MeasureAllAsync(Selected(Scenarios.OfWriters), Contender.Writers(api), "to the reference in memory, on disk",
                medians => string.Join(", ", medians.Skip(2).Select((reference, i) => Ratio(medians[i], reference))), rounds);
        }
        finally
        {
            Contender.RemoveData();
        }
        return 0;

        List<Scenario> Selected(IEnumerable<Scenario> all) => [.. all.Where(scenario => names.Count == 0 || names.Contains(scenario.Name))];
    }

    private static async Task MeasureAllAsync(
        List<Scenario> scenarios, List<Contender> contenders, string comparison, Func<double[], string> compare, int rounds)
    {
        if (scenarios.Count == 0 || contenders.Count == 0)
            return;
        Console.WriteLine($"| scenario | figure | {string.Join(" | ", contenders.Select(contender => contender.Name))} | {comparison} |");
        Console.WriteLine($"|---|---|{string.Concat(contenders.Select(_ => "---|"))}---|");
        foreach (var scenario in scenarios)
            await MeasureAsync(scenario, contenders, compare, rounds);
        Console.WriteLine();
    }

    private static async Task MeasureAsync(Scenario scenario, List<Contender> contenders, Func<double[], string> compare, int rounds)
    {
        var figures = contenders.ToDictionary(contender => contender.Name, _ => new Dictionary<string, List<double>>());
        var servers = new List<ServerProcess>();
        try
        {
            for (var round = 0; round < rounds; round++)
            {
                // The order changes, because the one that is measured after a pause of the others has an advantage.
                foreach (var contender in round % 2 == 0 ? contenders : contenders.AsEnumerable().Reverse())
                {
                    var index = contenders.IndexOf(contender);
                    if (!scenario.IsFresh && servers.Count == 0)
                        servers.AddRange(await Task.WhenAll(contenders.Select(each => each.StartAsync())));
                    await using var fresh = scenario.IsFresh ? await contender.StartAsync() : null;
                    foreach (var (figure, value) in await scenario.MeasureAsync(contender, fresh ?? servers[index]))
                    {
                        if (!figures[contender.Name].TryGetValue(figure, out var values))
                            figures[contender.Name][figure] = values = [];
                        values.Add(value);
                    }
                }
            }
        }
        finally
        {
            foreach (var server in servers)
                await server.DisposeAsync();
        }
        foreach (var figure in figures[contenders[0].Name].Keys)
        {
            var all = contenders.ConvertAll(contender => figures[contender.Name][figure]);
            all.ForEach(values => values.Sort());
            var medians = all.Select(values => values[values.Count / 2]).ToArray();
            Console.WriteLine($"| {scenario.Name} | {figure} | {string.Join(" | ", all.Select(Format))} | {compare(medians)} |");
        }
    }

    private static async Task<string> PublishAsync()
    {
        // Kept between runs, because ahead-of-time compilation takes one to two minutes.
        var folder = Path.Combine(RepositoryRoot(), "artifacts", "benchmarks", "api");
        var project = Path.Combine(RepositoryRoot(), "src", "Api");
        // Build servers that keep running would hold the output open, and reading it would never end.
        string[] noBuildServers = ["-nodeReuse:false", "-p:UseSharedCompilation=false"];
        using var publish = Process.Start(new ProcessStartInfo(
            "dotnet", ["publish", project, "-p:PublishProfile=Production", "-o", folder, "-v", "quiet", "-nologo", "-p:BuildPage=false", .. noBuildServers])
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

    private static string Ratio(double value, double baseline) => string.Create(CultureInfo.InvariantCulture, $"{value / baseline:0.00}×");

    /// <summary>The median, and the smallest and largest value.</summary>
    private static string Format(List<double> sorted) => $"{Format(sorted[sorted.Count / 2])} ({Format(sorted[0])} to {Format(sorted[^1])})";

    private static string Format(double value) =>
        value.ToString(value >= 1000 ? "#,0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
