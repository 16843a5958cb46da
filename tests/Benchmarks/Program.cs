using BenchmarkDotNet.Running;
using SseStreaming.Benchmarks.Load;

// dotnet run -c Release --project tests/Benchmarks -- load [scenario …] [--rounds N]
//   the scenario "publish" only compiles the server for a later measurement
//   PostgreSQL is measured if BENCH_POSTGRESQL has a connection string
// dotnet run -c Release --project tests/Benchmarks -- micro [BenchmarkDotNet's own arguments]
switch (args)
{
    case ["peer", var kind, var port]:
        await Peers.RunAsync(kind, port);
        return 0;
    case ["load", .. var rest]:
        return await LoadRun.RunAsync(rest);
    case ["micro", .. var rest]:
        // For a separate process BenchmarkDotNet requires a project file with the name of the assembly.
        BenchmarkSwitcher.FromAssembly(typeof(LoadRun).Assembly).Run([.. rest, "--inProcess"]);
        return 0;
    default:
        Console.Error.WriteLine("usage: load [scenario …] [--rounds N] | micro [arguments of BenchmarkDotNet]");
        return 2;
}
