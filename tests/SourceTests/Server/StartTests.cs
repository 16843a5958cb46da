using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure;
using SseStreaming.Infrastructure.Generators;
using SseStreaming.Infrastructure.Generators.Query;

namespace SseStreaming.SourceTests.Server;

/// <summary>A misconfigured source stops the start with a line that names the setting, and never its value.</summary>
internal sealed class StartTests
{
    private const string Model = "Sources:OpenAi:local";
    private const string Rows = "Sources:Query:rows";

    private static readonly Dictionary<string, string?> Complete = new()
    {
        ["Store"] = "Memory",
        [$"{Model}:Endpoint"] = "http://127.0.0.1:1/v1",
        [$"{Model}:Model"] = "m",
        [$"{Rows}:ConnectionString"] = "Host=127.0.0.1",
        [$"{Rows}:Sql"] = "SELECT id, body FROM t WHERE id > @after AND a = @word",
        [$"{Rows}:Parameters:word:Required"] = "true",
    };

    [Test]
    public void CompleteSettings_AreAccepted() => Assert.That(() => Add(Complete), Throws.Nothing);

    [TestCase($"{Model}:Endpoint", null, $"{Model}:Endpoint is missing.")]
    [TestCase($"{Model}:Endpoint", " ", $"{Model}:Endpoint is missing.")]
    [TestCase($"{Model}:Endpoint", "s3cret", $"{Model}:Endpoint must be an http or https address, as in https://api.openai.com/v1.")]
    [TestCase($"{Model}:Endpoint", "ftp://s3cret/v1", $"{Model}:Endpoint must be an http or https address, as in https://api.openai.com/v1.")]
    [TestCase($"{Model}:Endpoint", "http://user:s3cret@host/v1", $"{Model}:Endpoint must not hold a user or password: there is ApiKey for that.")]
    [TestCase($"{Model}:Endpoint", "http://host/v1?key=s3cret", $"{Model}:Endpoint must not have a query or a fragment.")]
    [TestCase($"{Model}:Model", null, $"{Model}:Model is missing.")]
    [TestCase($"{Model}:ApiKey", "s3cret\nkey", $"{Model}:ApiKey is no key: it has characters that no header can carry.")]
    [TestCase($"{Model}:ApiKeyFile", "/nowhere/s3cret", $"{Model}:ApiKeyFile names a file that can't be read, or has no key in it.")]
    [TestCase("Sources:Anthropic:claude:Model", "m", "Sources:Anthropic:claude:ApiKey is missing.")]
    [TestCase($"{Model}:Temperature", "9", $"{Model}:Temperature must be a number from 0 to 2.")]
    [TestCase($"{Model}:Temperature", "s3cret", $"{Model}:Temperature must be a number.")]
    [TestCase($"{Model}:MaxOutputTokens", "0", $"{Model}:MaxOutputTokens must be a whole number from 1 to 10000000.")]
    [TestCase($"{Model}:MaxOutputTokensField", "s3cret", $"{Model}:MaxOutputTokensField must be max_completion_tokens or max_tokens.")]
    [TestCase($"{Model}:Continue", "s3cret", $"{Model}:Continue must be None or Assistant or Prefix or ContinueFinalMessage.")]
    [TestCase($"{Model}:Continue", "7", $"{Model}:Continue must be None or Assistant or Prefix or ContinueFinalMessage.")]
    [TestCase($"{Model}:SegmentTimeout", "0", $"{Model}:SegmentTimeout must be a time from 00:00:00.0100000 to 01:00:00.")]
    [TestCase("Sources:OpenAi:a b:Model", "m", "Sources:OpenAi:a b:Endpoint is missing. Sources:OpenAi:a b is not a valid name: a source's name has 1 to 64 letters, digits, '-', '_' and '.'.")]
    [TestCase("Sources:OpenAi:bare", "s3cret", "Sources:OpenAi:bare has no settings.")]
    [TestCase("Sources:OpenAi:Endpoint", "http://s3cret/v1", "Sources:OpenAi:Endpoint must be under the name of a source, as in Sources:OpenAi:<name>:Endpoint.")]
    [TestCase("Sources:OpenAi", "s3cret", "Sources:OpenAi is a section and can't have a value.")]
    [TestCase("Sources:Document:Foldr", "s3cret", "Sources:Document:Foldr is not a setting; Sources:Document has Folder.")]
    [TestCase($"{Rows}:ConnectionString", null, $"{Rows}:ConnectionString is missing.")]
    [TestCase($"{Rows}:ConnectionString", "Pasword=s3cret", $"{Rows}:ConnectionString is not a valid connection string for PostgreSql.")]
    [TestCase($"{Rows}:Sql", null, $"{Rows}:Sql is missing. {Rows}:Parameters:word is not used by the statement.")]
    [TestCase($"{Rows}:Sql", "SELECT id, body FROM t WHERE a = @word", $"{Rows}:Sql does not use @after, so each read would return all rows again.")]
    [TestCase($"{Rows}:Sql", "SELECT id, body FROM t WHERE id > @after AND a = @words", $"{Rows}:Sql uses @words, which is not in Parameters. {Rows}:Parameters:word is not used by the statement.")]
    [TestCase($"{Rows}:Sql", "SELECT id, body FROM t WHERE a = @word -- and id > @after", $"{Rows}:Sql does not use @after, so each read would return all rows again.")]
    [TestCase($"{Rows}:Sql", "SELECT id, body FROM t WHERE id > @after AND a = '@word'", $"{Rows}:Parameters:word is not used by the statement.")]
    [TestCase($"{Rows}:Sql", "SELECT id, body FROM t WHERE id > @after AND a = @word AND b = @level", $"{Rows}:Sql uses @level, which is not in Parameters.")]
    [TestCase($"{Rows}:AfterSql", "SELECT max(id) FROM t WHERE b = @level", $"{Rows}:AfterSql uses @level, which is not in Parameters.")]
    [TestCase($"{Rows}:Provider", "MySql", $"{Rows}:Provider must be PostgreSql or Sqlite.")]
    [TestCase($"{Rows}:After", "s3cret", $"{Rows}:After must be a whole number because KeyType is Integer.")]
    [TestCase($"{Rows}:Interval", "s3cret", $"{Rows}:Interval must be a time such as 00:00:30.")]
    [TestCase($"{Rows}:mininterval", "00:00:00.020", $"{Rows}:mininterval is no longer a setting: rows are read at most every 50 ms, or every Interval if that is shorter.")]
    [TestCase($"{Rows}:MaxUnsettledRows", "s3cret", $"{Rows}:MaxUnsettledRows must be a whole number of at most 2147483647.")]
    [TestCase($"{Rows}:Shared", "s3cret", $"{Rows}:Shared must be true or false.")]
    [TestCase($"{Rows}:KeepEvents", "1", $"{Rows}:KeepEvents must be a whole number from 100 to 100000000.")]
    [TestCase($"{Rows}:Parameters:word:Default", "s3cret", $"{Rows}:Parameters:word:Default has no effect because the parameter is required.")]
    [TestCase($"{Rows}:Parameters:word:Type", "s3cret", $"{Rows}:Parameters:word:Type must be Integer or Text or Number or Boolean.")]
    [TestCase($"{Rows}:Parameters:word:Typ", "Text", $"{Rows}:Parameters:word:Typ is not a setting; {Rows}:Parameters:word has Type, Description, Required, Default, Minimum, Maximum, MaxLength.")]
    [TestCase($"{Rows}:Parameters:word", "s3cret", $"{Rows}:Parameters:word is a section and can't have a value.")]
    [TestCase($"{Rows}:Parameters", "s3cret", $"{Rows}:Parameters is a section and can't have a value.")]
    [TestCase($"{Rows}:Parameters:source:Type", "Text", $"{Rows}:Parameters:source has a name with another meaning in a request.")]
    [TestCase($"{Rows}:Parameters:1x:Type", "Text", $"{Rows}:Parameters:1x is not a valid name: a parameter's name is a letter, then letters, digits and '_'.")]
    public void InvalidSetting_IsNamed(string key, string? value, string expected)
    {
        var settings = new Dictionary<string, string?>(Complete) { [key] = value };

        var exception = Assert.Throws<OptionsValidationException>(() => Add(settings));

        Assert.That(string.Join(' ', exception.Failures), Is.EqualTo(expected));
    }

    [TestCase($"{Model}:Modle", $"{Model}:Modle is not a setting; {Model} has MaxOutputTokensField, IncludeUsage, ")]
    [TestCase($"{Rows}:Sqll", $"{Rows}:Sqll is not a setting; {Rows} has Provider, ConnectionString, Sql, ")]
    public void UnknownSetting_IsNamed_AndTheKnownOnesAreListed(string key, string expected)
    {
        var settings = new Dictionary<string, string?>(Complete) { [key] = "s3cret" };

        var exception = Assert.Throws<OptionsValidationException>(() => Add(settings));

        Assert.That(exception.Failures.Single(), Does.StartWith(expected).And.Not.Contain("s3cret"));
    }

    [TestCase("SELECT id, body FROM t WHERE id > @after AND a = @word AND tags @> ARRAY['@none', E'it\\'s @none'] AND b @@ c AND d <@box AND \"@none\" = 1 /* @none */ -- @none")]
    [TestCase("SELECT id, $$@none$$ || $x$ $$ @none $x$ FROM t WHERE id>@after AND (a=@word)")]
    public void TextThatResemblesAParameter_IsIgnored(string sql) =>
        Assert.That(() => Add(new Dictionary<string, string?>(Complete) { [$"{Rows}:Sql"] = sql }), Throws.Nothing);

    [Test]
    public void ParameterWithoutSettings_HasTheDefaults([Values("", null)] string? empty)
    {
        // The JSON "word": {} has this value.
        var settings = new Dictionary<string, string?>(Complete) { [$"{Rows}:Parameters:word"] = empty };
        settings.Remove($"{Rows}:Parameters:word:Required");
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();

        var options = NamedSources.Read<QueryOptions>(configuration, QueryOptions.Section).Single().Options;

        Assert.That(options.Parameters["word"].Type, Is.EqualTo(OptionType.Text));
    }

    [Test]
    public void Channel_OfSqlite_IsNamed()
    {
        var settings = new Dictionary<string, string?>(Complete)
        {
            [$"{Rows}:Provider"] = "Sqlite",
            [$"{Rows}:ConnectionString"] = "Data Source=x",
            [$"{Rows}:Channel"] = "c",
        };

        Assert.That(Assert.Throws<OptionsValidationException>(() => Add(settings)).Failures, Is.EqualTo((string[])[$"{Rows}:Channel requires the provider PostgreSql."]));
    }

    [TestCase("--Sources:OpenAi:local:Model=x", "The configuration is not valid: Sources:OpenAi:local:Endpoint is missing.")]
    [TestCase("--Sources:Default=nowhere", "The configuration is not valid: Sources:Default is 'nowhere', but the sources are 'document', 'lorem'.")]
    [TestCase("--Sources:Olama:local:Model=m", "The configuration is not valid: Sources:Olama is not a setting; Sources has Default, Lorem, Document, OpenAi, Anthropic, Query, External.")]
    [TestCase("--Streams:DrainTime=10675199.00:00:00",
        "The configuration is not valid: The field Streams:DrainTime must be between 00:00:00 and 1.00:00:00.")]
    [TestCase("--Streams:DrainSpread=00:00:00",
        "The configuration is not valid: The field Streams:DrainSpread must be between 00:00:00.1000000 and 01:00:00.")]
    public async Task Program_StopsWithOneLine(string argument, string expected)
    {
        var program = Path.Combine(TestContext.CurrentContext.TestDirectory, "SseStreaming.Api.dll");
        var start = new ProcessStartInfo("dotnet", [program, "--Store=Memory", "--urls=http://127.0.0.1:0", argument])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = TestContext.CurrentContext.TestDirectory,
        };
        start.Environment["Sources__Document__Folder"] = TestContext.CurrentContext.TestDirectory;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Eventually.Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }

        Assert.That((process.ExitCode, (await errors).TrimEnd(), await output), Is.EqualTo((1, expected, "")));
    }

    private static void Add(Dictionary<string, string?> settings) =>
        new ServiceCollection().AddInfrastructure(new ConfigurationBuilder().AddInMemoryCollection(settings.Where(setting => setting.Value is not null)).Build());
}
