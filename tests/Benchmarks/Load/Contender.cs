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
        ["RunningGenerations", "RunningGenerationsPerClient", "Viewers", "ViewersPerClient", "StartsPerMinutePerClient", "ConnectionsPerAddress"];

    /// <summary>Holds the files of SQLite during the measurement.</summary>
    private static readonly string DataFolder = Directory.CreateTempSubdirectory("sse-benchmark-").FullName;

    public static void RemoveData() => Directory.Delete(DataFolder, recursive: true);

    /// <summary>
    /// The server with streams in memory, and the common alternatives: the usual loop first, last an earlier build of this server if
    /// BENCH_BEFORE has the folder to which it was published.
    /// </summary>
    public static List<Contender> Peers(string api)
    {
        string[] self = ["dotnet", typeof(Contender).Assembly.Location, "peer"];
        return
        [
            OfServer("this server", api, "Memory"),
            new("usual loop", [.. self, "loop", "{port}"], new(Quiet), HasStreams: false),
            new("ServerSentEvents", [.. self, "results", "{port}"], new(Quiet), HasStreams: false),
            .. Before() is { } before ? [OfServer("before", before, "Memory")] : Array.Empty<Contender>(),
        ];
    }

    /// <summary>
    /// The server with each store: memory first; PostgreSQL only if BENCH_POSTGRESQL has a connection string. An earlier build
    /// (<see cref="Peers"/>) uses a database of its own, which BENCH_POSTGRESQL_BEFORE names.
    /// </summary>
    public static List<Contender> Stores(string api)
    {
        List<Contender> stores = [.. OfStores(api, "", "BENCH_POSTGRESQL")];
        if (Before() is { } before)
            stores.AddRange(OfStores(before, " before", "BENCH_POSTGRESQL_BEFORE"));
        return stores;
    }

    private static string? Before() => System.Environment.GetEnvironmentVariable("BENCH_BEFORE");

    private static IEnumerable<Contender> OfStores(string api, string suffix, string database)
    {
        yield return OfServer("memory" + suffix, api, "Memory");
        yield return OfServer("SQLite" + suffix, api, "Sqlite");
        if (System.Environment.GetEnvironmentVariable(database) is not { } connection)
            yield break;
        var server = OfServer("PostgreSQL" + suffix, api, "PostgreSql");
        server.Environment["ConnectionStrings__PostgreSql"] = connection;
        yield return server;
    }

    /// <summary>The server, once for each of its doors, the native one first.</summary>
    public static List<Contender> Doors(string api) =>
        [.. Enum.GetValues<Door>().Select(door => OfServer(door.ToString(), api, "Memory") with { Door = door })];

    /// <summary>The server beside nginx with nchan, a module for broadcasts, if it is installed where Debian installs it.</summary>
    public static List<Contender> Broadcasts(string api) =>
        File.Exists(NchanServer.Module) ? [OfServer("this server", api, "Memory"), new(NchanServer.Name, NchanServer.Command, [], HasStreams: false)] : [];

    /// <summary>
    /// The server with its stores, and the reference server of Durable Streams with its own, if BENCH_DURABLE has the folder in which
    /// npm has installed <c>@durable-streams/server</c>.
    /// </summary>
    public static List<Contender> Writers(string api)
    {
        List<Contender> all = [OfServer("memory", api, "Memory"), OfServer("SQLite", api, "Sqlite")];
        if (System.Environment.GetEnvironmentVariable("BENCH_DURABLE") is not { } folder)
            return all;
        var module = Path.Combine(folder, "node_modules", "@durable-streams", "server", "dist", "index.js");
        Contender OfReference(string name, string options) => new(
            name,
            ["node", "--input-type=module", "--eval", $"import {{ DurableStreamTestServer }} from 'file://{module}'; await new DurableStreamTestServer({{ port: {{port}}{options} }}).start();"],
            [], HasStreams: false);
        return [.. all, OfReference("reference", ""), OfReference("reference on disk", $", dataDir: '{Path.Combine(DataFolder, "reference")}'")];
    }

    public Door Door { get; private init; }

    public Task<ServerProcess> StartAsync() => ServerProcess.StartAsync(Command, Environment);

    /// <summary>The request for a generation of its own.</summary>
    public LoadRequest Own(int words, int pace)
    {
        var options = $"\"words\":{words},\"pace\":{pace}";
        return Door switch
        {
            Door.ChatCompletions => new("/v1/chat/completions", $$"""{"model":"lorem","stream":true,"messages":[{"role":"user","content":"Hello"}],{{options}}}"""),
            Door.Responses => new("/v1/responses", $$"""{"model":"lorem","stream":true,"input":"Hello",{{options}}}"""),
            Door.AiSdk => new("/api/chat", $$"""{"id":"chat","source":"lorem","messages":[{"role":"user","parts":[{"type":"text","text":"Hello"}]}],{{options}}}"""),
            _ => new($"/sse?words={words}&pace={pace}"),
        };
    }

    /// <summary>Starts the generation that all viewers share, and returns their request. Without streams it starts with the first request.</summary>
    public async Task<(LoadRequest Request, string StreamId)> ShareAsync(ServerProcess server, int words, int pace)
    {
        if (Name == NchanServer.Name)
            return (NchanServer.Share(server, pace), "");
        if (!HasStreams)
            return (new LoadRequest(Own(words, pace).Path + "&shared=true"), "");
        using var http = new HttpClient();
        using var response = await http.PostAsJsonAsync($"http://{server.Address}/streams", new { words, pace, onDisconnect = "continue" });
        response.EnsureSuccessStatusCode();
        var id = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        return (new LoadRequest($"/streams/{id}/events"), id);
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
            // A viewer that leaves ends its generation, as it does in the other servers.
            ["Streams__Grace"] = "00:00:00",
            ["Kestrel__Limits__MaxConcurrentConnections"] = "100000",
            ["DataFolder"] = Path.Combine(DataFolder, name),
        },
        HasStreams: true);
}
