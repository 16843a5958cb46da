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
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Signals;
using SseStreaming.Infrastructure.Stores;
using SseStreaming.Infrastructure.Stores.HotTail;
using SseStreaming.Infrastructure.Stores.PostgreSql;
using SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests.PostgreSql;

/// <summary>One node: the store with all that belongs to it, as the host would start it.</summary>
internal sealed class PostgreSqlNode : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _tasks = [];
    private bool _isGone;

    private PostgreSqlNode(ServiceProvider services) => _services = services;

    public IEventStreamStore Store => _services.GetRequiredService<PostgreSqlEventStreamStore>();

    public PostgreSqlEventStreamStore PostgreSqlStore => _services.GetRequiredService<PostgreSqlEventStreamStore>();

    /// <summary>The store behind the hot tail, as the server uses it.</summary>
    public IEventStreamStore HotStore => _services.GetRequiredService<HotTailStore>();

    public PostgreSqlCluster Cluster => _services.GetRequiredService<PostgreSqlCluster>();

    public IStreamSignal Signal => _services.GetRequiredService<InProcessSignal>();

    public Heard Heard => _services.GetRequiredService<Heard>();

    public IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    public Guid? Lease => _services.GetRequiredService<NodeLease>().Current;

    public ConcurrentQueue<ClusterNotice> Notices { get; } = new();

    /// <summary>A node with a lease, which listens.</summary>
    public static async Task<PostgreSqlNode> StartAsync(string connectionString, StreamsOptions? options = null)
    {
        var node = Create(connectionString, options ?? new StreamsOptions());
        foreach (var service in node._services.GetServices<IHostedService>().OfType<IHostedLifecycleService>())
            await service.StartingAsync(CancellationToken.None);
        await node.Cluster.RenewAsync(CancellationToken.None);
        foreach (var service in node._services.GetServices<IHostedService>())
            await service.StartAsync(CancellationToken.None);
        await node._services.GetRequiredService<PostgreSqlListener>().Listening.WaitAsync(TimeSpan.FromSeconds(30));
        node._tasks.Add(node.CollectNoticesAsync());
        return node;
    }

    /// <summary>Renews the lease again and again, as the cluster's member does, until the node is disposed.</summary>
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

    /// <summary>Goes without a word, as a process that is killed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isGone)
            return;
        _isGone = true;
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
        services.AddSingleton<Heard>();
        services.AddSingleton<IRemoteAppendListener>(provider => provider.GetRequiredService<Heard>());
        return new PostgreSqlNode(services.BuildServiceProvider());
    }

    private async Task CollectNoticesAsync()
    {
        await foreach (var notice in Cluster.ListenAsync(_stopping.Token))
            Notices.Enqueue(notice);
    }
}

/// <summary>What a node heard of the others, passed on to the hot tail.</summary>
internal sealed class Heard(HotTailStore hotTail) : IRemoteAppendListener
{
    private int _missed;

    public ConcurrentQueue<StreamId> Streams { get; } = new();

    public int MayHaveMissedCount => Volatile.Read(ref _missed);

    public void Appended(StreamId streamId)
    {
        Streams.Enqueue(streamId);
        hotTail.Appended(streamId);
    }

    public void NotificationsMissed()
    {
        Interlocked.Increment(ref _missed);
        hotTail.NotificationsMissed();
    }
}
