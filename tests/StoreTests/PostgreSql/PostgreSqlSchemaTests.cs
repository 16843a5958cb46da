using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Storage;
using SseStreaming.Infrastructure.Stores;
using SseStreaming.Infrastructure.Stores.PostgreSql;
using SseStreaming.Infrastructure.Stores.PostgreSql.Schema;
using SseStreaming.Infrastructure.Stores.Schema;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests.PostgreSql;

[TestFixture]
internal sealed class PostgreSqlSchemaTests : PostgreSqlClusterFixture
{
    [Test]
    public async Task OlderSchema_IsUpgraded_AndItsStreamsAreKept()
    {
        await MigrateAsync(PostgreSqlSchemaMigrator.Migrations.Take(1));
        var head = Events.Head("key");
        await PostgreSqlServer.ExecuteAsync(Database,
            $"""
            insert into sse_streaming.streams (id, owner, created, first, last, segments, characters, bytes, source, idem_key, idem_digest)
            values ('{head.Id.ToUuid()}', gen_random_uuid(), '2026-01-02 03:04:05Z', 1, 2, 1, 1, 600, 'lorem', 'key', 'digest');
            insert into sse_streaming.blocks values ('{head.Id.ToUuid()}', 1, '\x00027b7d'), ('{head.Id.ToUuid()}', 2, '\x010161')
            """);

        var node = await StartNodeAsync();

        Assert.That((await node.Store.FindAsync(head.Id, CancellationToken.None))!.Head, Is.EqualTo(head));
        Assert.That(await node.Store.ReadTextsAsync(head.Id), Is.EqualTo(["a"]));
        // The node that wrote the stream is not alive.
        Assert.That(await node.Cluster.TakeOverAsync(CancellationToken.None), Has.Count.EqualTo(1));
        await node.Store.AppendedAsync(Events.End(head, 3));
    }

    [Test]
    public async Task NewerSchema_IsRefusedInOneLine()
    {
        await MigrateAsync(PostgreSqlSchemaMigrator.Migrations);
        await PostgreSqlServer.ExecuteAsync(Database, "insert into sse_streaming.schema_versions (version) values (1000)");

        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => StartNodeAsync());

        Assert.That(refusal!.Failures.Single(), Does.Contain("version 1000").And.Contain("Start a newer server").And.Not.Contain("\n"));
    }

    [Test]
    public async Task NodesThatStartTogether_CreateTheSchemaOnce()
    {
        var nodes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => MigrateAsync(PostgreSqlSchemaMigrator.Migrations))));

        Assert.That(nodes, Is.All.EqualTo(PostgreSqlSchemaMigrator.Migrations[^1].Version));
        Assert.That(await PostgreSqlServer.ExecuteAsync(Database, "select count(*) from sse_streaming.schema_versions"), Is.EqualTo(PostgreSqlSchemaMigrator.Migrations.Count));
    }

    [Test]
    public async Task StepThatFails_ChangesNothing()
    {
        await MigrateAsync(PostgreSqlSchemaMigrator.Migrations.Take(1));

        await Assert.CatchAsync(() => MigrateAsync([.. PostgreSqlSchemaMigrator.Migrations.Take(1), new Migration(2, "create table sse_streaming.half (id int); select 1 / 0")]));

        Assert.That(await PostgreSqlServer.ExecuteAsync(Database, "select max(version) from sse_streaming.schema_versions"), Is.EqualTo(1));
        Assert.That(await PostgreSqlServer.ExecuteAsync(Database, "select to_regclass('sse_streaming.half') is null"), Is.True);
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("not a connection string")]
    public void ConnectionStringThatIsMissingOrMalformed_IsNamedInOneLine(string? connectionString)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("ConnectionStrings:PostgreSql", connectionString)])
            .Build();

        var refusal = Assert.Throws<OptionsValidationException>(() => new ServiceCollection().AddPostgreSqlStore(configuration));

        Assert.That(refusal!.Failures.Single(), Does.StartWith("ConnectionStrings:PostgreSql ").And.Not.Contain("\n"));
    }

    private async Task<int> MigrateAsync(IEnumerable<Migration> migrations)
    {
        using var database = new PostgreSqlDatabase(Database, new StoreOutageLog(TimeProvider.System, NullLogger<StoreOutageLog>.Instance));
        return await new PostgreSqlSchemaMigrator(database, [.. migrations], NullLogger<PostgreSqlSchemaMigrator>.Instance).MigrateAsync(CancellationToken.None);
    }
}
