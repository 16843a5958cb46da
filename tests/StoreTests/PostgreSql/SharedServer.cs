using SseStreaming.Testing;

namespace SseStreaming.StoreTests.PostgreSql;

/// <summary>One PostgreSQL server for all tests that do not stop it, started by the first of them. Each test has its own database.</summary>
[SetUpFixture]
internal sealed class SharedServer
{
    private static readonly Lazy<Task<PostgreSqlServer>> Server = new(PostgreSqlServer.RequireAsync);

    public static Task<PostgreSqlServer> GetAsync() => Server.Value;

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (Server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await (await Server.Value).DisposeAsync();
    }
}
