using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SseStreaming.Application;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Storage;
using SseStreaming.Infrastructure.Signals;
using SseStreaming.Infrastructure.Stores;
using SseStreaming.Infrastructure.Stores.HotTail;
using SseStreaming.Infrastructure.Stores.PostgreSql;
using SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests.PostgreSql;

/// <summary>One node: the store with its services, started as the host starts them.</summary>
internal sealed class PostgreSqlNode : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _tasks = [];
    private bool _isDisposed;

    private PostgreSqlNode(ServiceProvider services) => _services = services;

    public IEventStreamStore Store => _services.GetRequiredService<PostgreSqlEventStreamStore>();

    public PostgreSqlEventStreamStore PostgreSqlStore => _services.GetRequiredService<PostgreSqlEventStreamStore>();

    /// <summary>The store with the hot tail in front, as the server uses it.</summary>
    public IEventStreamStore HotStore => _services.GetRequiredService<HotTailStore>();

    public PostgreSqlCluster Cluster => _services.GetRequiredService<PostgreSqlCluster>();

    public IStreamSignal Signal => _services.GetRequiredService<InProcessSignal>();

    public RemoteAppendRecorder RemoteAppends => _services.GetRequiredService<RemoteAppendRecorder>();

    public IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    public Guid? OwnerId => _services.GetRequiredService<NodeLease>().OwnerId;

    public ConcurrentQueue<ClusterNotice> Notices { get; } = new();

    /// <summary>Starts a node, which has a lease and listens.</summary>
    public static async Task<PostgreSqlNode> StartAsync(string connectionString, StreamsOptions? options = null)
    {
        var node = Create(connectionString, options ?? new StreamsOptions());
        foreach (var service in node._services.GetServices<IHostedService>().OfType<IHostedLifecycleService>())
            await service.StartingAsync(CancellationToken.None);
        await node.Cluster.RenewAsync(CancellationToken.None);
        foreach (var service in node._services.GetServices<IHostedService>())
            await service.StartAsync(CancellationToken.None);
        await Eventually.Happens(() => node.RemoteAppends.MissedCount > 0, "the node listens");
        node._tasks.Add(node.CollectNoticesAsync());
        return node;
    }

    /// <summary>Renews the lease regularly until the node is disposed, as the cluster member of the host does.</summary>
    public void KeepLease(TimeSpan period) => _tasks.Add(Task.Run(async () =>
    {
        using var timer = new PeriodicTimer(period);
        while (await timer.WaitForNextTickAsync(_stopping.Token))
        {
            try
            {
                await Cluster.RenewAsync(_stopping.Token);
            }
            catch (StoreUnavailableException)
            {
            }
        }
    }));

    /// <summary>Ends without giving up the lease, like a process that is killed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        await _stopping.CancelAsync();
        foreach (var service in _services.GetServices<IHostedService>())
            await service.StopAsync(CancellationToken.None);
        await Task.WhenAll(_tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _services.DisposeAsync();
        _stopping.Dispose();
    }

    private static PostgreSqlNode Create(string connectionString, StreamsOptions options)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("ConnectionStrings:PostgreSql", connectionString)])
            .Build();
        var services = new ServiceCollection();
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSingleton(Options.Create(options));
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IMeterFactory, Meters>();
        services.AddSingleton<InProcessSignal>();
        services.AddPostgreSqlStore(configuration);
        services.AddSingleton(provider => new HotTailStore(
            provider.GetRequiredService<PostgreSqlEventStreamStore>(), provider.GetRequiredService<InProcessSignal>(),
            Options.Create(new HotTailOptions()), TimeProvider.System));
        services.AddSingleton<RemoteAppendRecorder>();
        services.AddSingleton<IRemoteAppendListener>(provider => provider.GetRequiredService<RemoteAppendRecorder>());
        return new PostgreSqlNode(services.BuildServiceProvider());
    }

    private async Task CollectNoticesAsync()
    {
        await foreach (var notice in Cluster.ListenAsync(_stopping.Token))
            Notices.Enqueue(notice);
    }
}
