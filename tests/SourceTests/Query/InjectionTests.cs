using System.Globalization;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Query;

namespace SseStreaming.SourceTests.Query;

/// <summary>Options of a request are values and never become part of a statement.</summary>
internal sealed class InjectionTests
{
    private static readonly string[] Attempts =
    [
        "'", "''", "\"", "\\", "\\'", "`", "%", "--", "a' --", "a'; DROP TABLE message; --", "' OR '1'='1", "' OR 1=1 --",
        "a') UNION SELECT 1, 'stolen' --", "$$; DROP TABLE message; $$", "$1", "@after", "@room", ":room", "?", "a/*", "*/a", "E'\\x27'",
        "a\u02bc; DROP TABLE message", "\uff07 OR 1=1", "a;SELECT pg_sleep(60)", "a\r\n; DROP TABLE message", "{0}", "a\tb",
    ];

    private static IEnumerable<string> AttemptsOfText => Attempts;

    [TestCaseSource(nameof(AttemptsOfText))]
    public async Task TextOption_IsBound(string attempt)
    {
        await using var table = await TestTable.CreateAsync();
        await table.InsertAsync("not for you");
        await using var follower = Follower.Start(Options(table), sent: Sent("room", attempt));
        await using (var connection = await table.OpenAsync())
        await using (var command = new Npgsql.NpgsqlCommand("INSERT INTO message (room, body) VALUES ($1, 'mine')", connection))
        {
            command.Parameters.AddWithValue(attempt);
            await command.ExecuteNonQueryAsync();
        }

        Assert.That(await follower.ReadAsync(1), Is.EqualTo((string[])["mine"]));
        Assert.That(await table.ExecuteAsync("SELECT count(*) FROM message"), Is.EqualTo(2));
    }

    [TestCaseSource(nameof(AttemptsOfText))]
    public void OtherOptions_AcceptOnlyValuesOfTheirType(string attempt)
    {
        var source = new QueryGenerator("rows", Options(null), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<QueryGenerator>.Instance).Source;

        foreach (var name in (string[])["level", "score", "loud"])
        {
            foreach (var sent in (string[])[attempt, $"1{attempt}", $"true{attempt}"])
            {
                var refusal = SourceOptions.Read(source, new Dictionary<string, OptionValue>(Sent("room", "a")) { [name] = new(sent, OptionForm.Query) }).Refusal;
                Assert.That(refusal?.Errors?.Keys, Is.EqualTo((string[])[name]), sent);
            }
        }
    }

    [Test]
    public async Task Options_AreBoundWithTheirTypes()
    {
        await using var table = await TestTable.CreateAsync();
        await table.InsertAsync("x");
        var sent = Sent("room", "a");
        sent["level"] = new("-9223372036854775808", OptionForm.Query);
        sent["score"] = new("1.5e3", OptionForm.Number);
        sent["loud"] = new("true", OptionForm.Boolean);
        await using var follower = Follower.Start(
            Options(table), options => options.Sql = "SELECT id, concat_ws(',', @level, @score, @loud, @room, pg_typeof(@score)) FROM message WHERE id > @after", sent);

        Assert.That(await follower.ReadAsync(1), Is.EqualTo((string[])["-9223372036854775808,1500,t,a,double precision"]));
    }

    [Test]
    public async Task Option_ThatIsNotSent_IsNull()
    {
        await using var table = await TestTable.CreateAsync();
        await table.InsertAsync("x");
        await using var follower = Follower.Start(Options(table), sent: Sent("room", "a"));

        Assert.That(await follower.ReadAsync(1), Is.EqualTo((string[])["x"]));
    }

    [Test]
    public async Task Text_WithANulCharacter_IsRefused()
    {
        await using var generator = new QueryGenerator(
            "rows", Options(null), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<QueryGenerator>.Instance);
        var options = SourceOptions.Read(generator.Source, Sent("room", "a\0b")).Value!;

        var refusal = await ((Application.Generations.ITextGenerator)generator).ValidateAsync(new(null, options), CancellationToken.None);

        Assert.That(refusal?.Errors?.Keys, Is.EqualTo((string[])["room"]));
    }

    private static Dictionary<string, OptionValue> Sent(string name, string value) => new() { [name] = new(value, OptionForm.Query) };

    private static QueryOptions Options(TestTable? table)
    {
        var options = Follower.Options(table?.ConnectionString ?? "Host=127.0.0.1");
        options.Sql = """
            SELECT id, body FROM message WHERE id > @after AND room = @room
            AND (@level IS NULL OR id >= @level) AND (@score IS NULL OR id < @score) AND (@loud IS NULL OR NOT @loud)
            """;
        options.Parameters["room"] = new QueryParameterOptions { Required = true };
        options.Parameters["level"] = new QueryParameterOptions { Type = OptionType.Integer };
        options.Parameters["score"] = new QueryParameterOptions { Type = OptionType.Number };
        options.Parameters["loud"] = new QueryParameterOptions { Type = OptionType.Boolean };
        Assert.That(options.Validate(), Is.Empty);
        return options;
    }
}
