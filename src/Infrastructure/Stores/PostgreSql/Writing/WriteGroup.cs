namespace SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

/// <summary>The writes of one transaction: at most one of each stream, so that one statement can run them all.</summary>
internal sealed class WriteGroup
{
    private readonly HashSet<Guid> _streamKeys = [];
    private long _size;

    public List<PendingCreate> Creates { get; } = [];

    public List<PendingAppend> Appends { get; } = [];

    public int Count => Creates.Count + Appends.Count;

    public IEnumerable<PostgreSqlPendingWrite> Writes => Creates.Concat<PostgreSqlPendingWrite>(Appends);

    public static WriteGroup Create(PostgreSqlPendingWrite write)
    {
        var group = new WriteGroup();
        group.Add(write);
        return group;
    }

    /// <summary>False if the write must wait for a later group.</summary>
    public bool Fits(PostgreSqlPendingWrite write) =>
        GroupLimits.Fits(Count, _size, write.Size) && !_streamKeys.Contains(write.StreamKey);

    public void Add(PostgreSqlPendingWrite write)
    {
        _streamKeys.Add(write.StreamKey);
        _size += write.Size;
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
