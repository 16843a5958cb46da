using System.Data.Common;
using System.Globalization;
using System.Text;
using SseStreaming.Testing.Models;

namespace SseStreaming.ProcessTests.Testing;

/// <summary>Generations of every source that continues after a take-over, and the text that each of them must have.</summary>
internal sealed class SourcesThatContinue : IAsyncDisposable
{
    private const string File = "letter.txt";

    /// <summary>How long rows are inserted.</summary>
    private static readonly TimeSpan RowsDuration = TimeSpan.FromSeconds(3);

    private readonly UpstreamServer _upstream;
    private readonly DbDataSource _rows;
    private readonly string _document = CreateText(lines: 60);
    private readonly string _documents;
    private readonly string _provider;

    /// <param name="folder">The folder for documents.</param>
    /// <param name="provider">The provider of the source <c>rows</c>.</param>
    /// <param name="rows">The database of that source.</param>
    public SourcesThatContinue(string folder, string provider, DbDataSource rows)
    {
        Model = new ContinuingModel(GetAnswer) { Pace = TimeSpan.FromMilliseconds(10) };
        _upstream = new UpstreamServer(Model.AnswerAsync);
        _provider = provider;
        _rows = rows;
        _documents = Directory.CreateDirectory(Path.Combine(folder, "documents")).FullName;
        System.IO.File.WriteAllText(Path.Combine(_documents, File), _document);
    }

    public ContinuingModel Model { get; }

    public Dictionary<string, string> Settings => new()
    {
        ["Sources__Document__Folder"] = _documents,
        ["Sources__OpenAi__model__Endpoint"] = _upstream.Endpoint,
        ["Sources__OpenAi__model__Model"] = "fake",
        ["Sources__OpenAi__model__Continue"] = "Prefix",
        ["Sources__Query__rows__Provider"] = _provider,
        ["Sources__Query__rows__ConnectionString"] = _rows.ConnectionString,
        ["Sources__Query__rows__Sql"] = "SELECT id, text FROM rows WHERE run = @run AND id > @after",
        ["Sources__Query__rows__Parameters__run__Type"] = "Integer",
        ["Sources__Query__rows__Shared"] = "false",
        ["Sources__Query__rows__Interval"] = "00:00:00.050",
        ["Sources__Query__rows__LateWindow"] = "00:00:01",
    };

    public async Task CreateTableAsync()
    {
        await using var command = _rows.CreateCommand("CREATE TABLE rows (id bigint PRIMARY KEY, run bigint NOT NULL, text text NOT NULL)");
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Creates the same number of generations of each source.</summary>
    /// <param name="client">For a second, uninterrupted run of <c>lorem</c>.</param>
    /// <param name="ofEach">Number of generations of each source.</param>
    /// <param name="next">Random numbers.</param>
    public IReadOnlyList<ContinuedGeneration> Create(StreamClient client, int ofEach, Func<int, int, int> next)
    {
        var all = new List<ContinuedGeneration>();
        for (var i = 0; i < ofEach; i++)
        {
            var (seed, words, run) = (next(0, 1_000_000), next(50, 300), next(0, int.MaxValue));
            var mode = i % 2 == 0 ? "continue" : "stop";
            all.Add(new(new { source = "lorem", words, pace = 10, seed, onDisconnect = mode }, () => LoremAsync(client, words, seed)));
            all.Add(new(new { source = "document", file = File, pace = 10, onDisconnect = mode }, () => Task.FromResult(_document)));
            var prompt = string.Create(CultureInfo.InvariantCulture, $"Prompt {run}");
            all.Add(new(new { source = "model", prompt, onDisconnect = mode }, () => Task.FromResult(GetAnswer(prompt))));
            var writing = WriteRowsAsync(run);
            all.Add(new(new { source = "rows", run, onDisconnect = mode }, () => writing, IsEndless: true));
        }
        return all;
    }

    public async ValueTask DisposeAsync()
    {
        await _upstream.DisposeAsync();
        await _rows.DisposeAsync();
    }

    private static async Task<string> LoremAsync(StreamClient client, int words, int seed)
    {
        var stream = await client.StartAsync(new { source = "lorem", words, pace = 0, seed, onDisconnect = "continue" });
        await client.View(stream).WatchAsync();
        return await client.GetTextAsync(stream);
    }

    /// <summary>Inserts rows for a while; returns the text that a query of them must have.</summary>
    private async Task<string> WriteRowsAsync(int run)
    {
        var text = new StringBuilder();
        var begun = TimeProvider.System.GetTimestamp();
        // Each run has keys of its own, in ascending order.
        for (var id = (long)run << 20; TimeProvider.System.GetElapsedTime(begun) < RowsDuration; id++)
        {
            var row = string.Create(CultureInfo.InvariantCulture, $"row {id} of {run}, né à 你好 👍🏽");
            await using var command = _rows.CreateCommand(string.Create(CultureInfo.InvariantCulture, $"INSERT INTO rows (id, run, text) VALUES ({id}, {run}, '{row}')"));
            await command.ExecuteNonQueryAsync();
            text.Append(row).Append('\n');
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
        return text.ToString();
    }

    private static string GetAnswer(string prompt) => $"{prompt}: {CreateText(lines: 20)}";

    private static string CreateText(int lines)
    {
        var text = new StringBuilder();
        for (var line = 0; line < lines; line++)
            text.Append(CultureInfo.InvariantCulture, $"Line {line} of a letter: naïve café, Ωμέγα, 你好世界。\t👩‍👩‍👧 e\u0301 🇫🇷\n");
        return text.ToString();
    }
}
