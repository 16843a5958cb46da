using System.Net.Http.Json;
using System.Text.Json;

namespace SseStreaming.Benchmarks.Load;

/// <summary>One of the compared servers: how to start it, and how to request what a scenario needs.</summary>
internal sealed record Contender(string Name, string[] Command, Dictionary<string, string> Environment, bool HasStreams)
{
    private static readonly KeyValuePair<string, string>[] Quiet =
    [
        new("DOTNET_gcServer", "0"),
        new("Serilog__MinimumLevel__Default", "Warning"),
        new("Serilog__MinimumLevel__Override__Microsoft", "Warning"),
    ];

    // All clients of a scenario share one address, so limits per client would apply to the whole load.
    private static readonly string[] Bounds =
        ["RunningGenerations", "RunningGenerationsPerClient", "Viewers", "ViewersPerClient", "StartsPerMinutePerClient", "Connections", "ConnectionsPerAddress"];

    /// <summary>Holds the files of SQLite during the measurement.</summary>
    private static readonly string DataFolder = Directory.CreateTempSubdirectory("sse-benchmark-").FullName;

    public static void RemoveData() => Directory.Delete(DataFolder, recursive: true);

    /// <summary>The server with streams in memory, and the common alternatives: the usual loop first.</summary>
    public static List<Contender> Peers(string api)
    {
        string[] self = ["dotnet", typeof(Contender).Assembly.Location, "peer"];
        return
        [
            OfServer("this server", api, "Memory"),
            new("usual loop", [.. self, "loop", "{port}"], new(Quiet), HasStreams: false),
            new("ServerSentEvents", [.. self, "results", "{port}"], new(Quiet), HasStreams: false),
        ];
    }

    /// <summary>The server with each store: memory first; PostgreSQL only if BENCH_POSTGRESQL has a connection string.</summary>
    public static List<Contender> Stores(string api)
    {
        var stores = new List<Contender> { OfServer("memory", api, "Memory"), OfServer("SQLite", api, "Sqlite") };
        if (System.Environment.GetEnvironmentVariable("BENCH_POSTGRESQL") is { } connection)
        {
            var server = OfServer("PostgreSQL", api, "PostgreSql");
            server.Environment["ConnectionStrings__PostgreSql"] = connection;
            stores.Add(server);
        }
        return stores;
    }

    public Task<ServerProcess> StartAsync() => ServerProcess.StartAsync(Command, Environment);

    /// <summary>The path of a generation for a single viewer.</summary>
    public string Own(int words, int pace) => $"/sse?words={words}&pace={pace}";

    /// <summary>Starts the generation that all viewers share, and returns the path of their requests. Without streams it starts with the first request.</summary>
    public async Task<(string Path, string StreamId)> ShareAsync(ServerProcess server, int words, int pace)
    {
        if (!HasStreams)
            return (Own(words, pace) + "&shared=true", "");
        using var http = new HttpClient();
        using var response = await http.PostAsJsonAsync($"http://{server.Address}/streams", new { words, pace, onDisconnect = "continue" });
        response.EnsureSuccessStatusCode();
        var id = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        return ($"/streams/{id}/events", id);
    }

    /// <summary>Waits until a stream is complete.</summary>
    public static async Task WaitUntilCompleteAsync(ServerProcess server, string streamId)
    {
        using var http = new HttpClient();
        while ((await http.GetFromJsonAsync<JsonElement>($"http://{server.Address}/streams/{streamId}")).GetProperty("status").GetString() == "running")
            await Task.Delay(20);
    }

    private static Contender OfServer(string name, string api, string store) => new(
        name,
        [Path.Combine(api, "SseStreaming.Api"), "--urls", "http://127.0.0.1:{port}", "--contentRoot", api],
        new(Quiet.Concat(Bounds.Select(bound => KeyValuePair.Create($"Limits__{bound}", "0"))))
        {
            ["Store"] = store,
            ["DataFolder"] = DataFolder,
        },
        HasStreams: true);
}
