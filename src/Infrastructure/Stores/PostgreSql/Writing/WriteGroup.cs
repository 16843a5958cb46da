namespace SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

/// <summary>What is written in one transaction: at most one write of each stream, so that one statement can do them all.</summary>
internal sealed class WriteGroup
{
    private const int MaxWrites = 1024;
    private const long MaxBytes = 4 * 1024 * 1024;

    private readonly HashSet<Guid> _streams = [];

    public List<PendingCreate> Creates { get; } = [];

    public List<PendingAppend> Appends { get; } = [];

    public int Count => Creates.Count + Appends.Count;

    public long Bytes { get; private set; }

    public IEnumerable<PostgreSqlPendingWrite> Writes => Creates.Concat<PostgreSqlPendingWrite>(Appends);

    public static WriteGroup Create(PostgreSqlPendingWrite write)
    {
        var group = new WriteGroup();
        group.Add(write);
        return group;
    }

    /// <summary>False if the write has to wait for a later group.</summary>
    public bool Accepts(PostgreSqlPendingWrite write) =>
        Count < MaxWrites && (Count == 0 || Bytes + write.Bytes <= MaxBytes) && !_streams.Contains(write.Key);

    public void Add(PostgreSqlPendingWrite write)
    {
        _streams.Add(write.Key);
        Bytes += write.Bytes;
        if (write is PendingCreate create)
            Creates.Add(create);
        else
            Appends.Add((PendingAppend)write);
    }

    public void Fail(Exception exception)
    {
        foreach (var write in Writes)
            write.Fail(exception);
    }
}
