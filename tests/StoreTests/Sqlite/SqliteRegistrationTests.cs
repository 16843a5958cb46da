using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SseStreaming.Application;
using SseStreaming.Infrastructure.Stores.Sqlite;
using SseStreaming.Infrastructure.Stores.Sqlite.Cluster;
using SseStreaming.Infrastructure.Stores.Sqlite.Writing;

namespace SseStreaming.StoreTests.Sqlite;

public sealed class SqliteRegistrationTests
{
    private string _root = null!;

    [SetUp]
    public void MakeRoot() => _root = SqliteFixture.CreateFolder();

    [TearDown]
    public void DeleteRoot() => Directory.Delete(_root, recursive: true);

    [TestCase(null, "data")]
    [TestCase("other/folder", "other/folder")]
    public async Task Database_IsInTheDataFolder_RelativeToTheContentRoot(string? setting, string expected)
    {
        await using var provider = Build(new() { ["DataFolder"] = setting });
        Assert.That(provider.GetRequiredService<SqliteEventStreamStore>(), Is.Not.Null);
        Assert.That(provider.GetRequiredService<SqliteCluster>(), Is.Not.Null);
        Assert.That(Path.Combine(_root, expected, "streams.db"), Does.Exist);
    }

    [TestCase(null, 1L)]
    [TestCase("Off", 0L)]
    [TestCase("normal", 1L)]
    [TestCase("Full", 2L)]
    public async Task Synchronous_IsAsConfigured(string? setting, long expected)
    {
        await using var provider = Build(new() { ["Sqlite:Synchronous"] = setting });
        var writer = provider.GetRequiredService<SqliteDatabase>().Writer;
        Assert.That(await writer.WriteAsync(session => session.Scalar("pragma synchronous"), CancellationToken.None), Is.EqualTo(expected));
    }

    [Test]
    public async Task Sqlite_HasNoVersionThatMayLoseCommits()
    {
        await using var provider = Build([]);
        var writer = provider.GetRequiredService<SqliteDatabase>().Writer;
        var version = await writer.WriteAsync(session => (string)session.Scalar("select sqlite_version()")!, CancellationToken.None);
        Assert.That(Version.Parse(version), Is.AtLeast(new Version(3, 51, 3)), "earlier versions have the WAL-reset bug, which a backup of a running server can trigger");
    }

    [TestCase("Synchronous", "7")]
    [TestCase("ReadConnections", "0")]
    [TestCase("BusyTimeout", "01:00:00")]
    public void Options_OutOfRange_AreRefused(string name, string value)
    {
        using var provider = Build(new() { [$"Sqlite:{name}"] = value });
        Assert.That(provider.GetRequiredService<SqliteDatabase>, Throws.TypeOf<OptionsValidationException>().With.Message.Contains(name));
    }

    private ServiceProvider Build(Dictionary<string, string?> settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        return new ServiceCollection()
            .AddMetrics()
            .AddSingleton<IConfiguration>(configuration)
            .AddSingleton<IHostEnvironment>(new Root(_root))
            .AddSingleton(TimeProvider.System)
            .AddSingleton(typeof(ILogger<>), typeof(NullLogger<>))
            .AddValidatedOptions<StreamsOptions>(StreamsOptions.Section).Services
            .AddSqliteStore(configuration)
            .BuildServiceProvider();
    }

    private sealed class Root(string path) : IHostEnvironment
    {
        public string ApplicationName { get; set; } = "Tests";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();

        public string ContentRootPath { get; set; } = path;

        public string EnvironmentName { get; set; } = "Test";
    }
}
