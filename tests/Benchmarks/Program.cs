using BenchmarkDotNet.Running;
using SseStreaming.Benchmarks.Load;

// dotnet run -c Release --project tests/Benchmarks -- load [scenario …] [--rounds N]
//   the scenario "publish" only compiles the server, so that the measurement finds it ready
//   the scenarios of PostgreSQL need BENCH_POSTGRESQL, a connection string
// dotnet run -c Release --project tests/Benchmarks -- micro [BenchmarkDotNet's own arguments]
switch (args)
{
    case ["peer", var kind, var port]:
        await Peers.RunAsync(kind, port);
        return 0;
    case ["load", .. var rest]:
        return await LoadRun.RunAsync(rest);
    case ["micro", .. var rest]:
        // In this process: for one of its own BenchmarkDotNet looks for a project file that is named as the assembly.
        BenchmarkSwitcher.FromAssembly(typeof(LoadRun).Assembly).Run([.. rest, "--inProcess"]);
        return 0;
    default:
        Console.Error.WriteLine("usage: load [scenario …] [--rounds N] | micro [arguments of BenchmarkDotNet]");
        return 2;
}
