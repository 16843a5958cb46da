namespace SseStreaming.SourceTests.Query;

/// <summary>One PostgreSQL server for the fixtures of this folder; each test has a database of its own.</summary>
[SetUpFixture]
internal sealed class PostgreSqlFixture
{
    private static readonly SemaphoreSlim Turn = new(1);
    private static PostgreSqlServer? _server;

    /// <summary>Started for the first test that needs it. Without PostgreSQL such tests are ignored, or fail in CI.</summary>
    public static async Task<PostgreSqlServer> ServerAsync()
    {
        await Turn.WaitAsync();
        try
        {
            return _server ??= await PostgreSqlServer.RequireAsync();
        }
        finally
        {
            Turn.Release();
        }
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
