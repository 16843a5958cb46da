using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SseStreaming.UnitTests.Testing;

/// <summary>A request whose response is written to a pipe that a test reads.</summary>
internal sealed class TestResponse : IHttpResponseBodyFeature, IHttpRequestLifetimeFeature
{
    private readonly Pipe _pipe;
    private readonly CountingWriter _writer;
    private readonly CancellationTokenSource _aborted = new();

    /// <param name="room">Bytes that can be written before they have to be read.</param>
    public TestResponse(int room = 16 * 1024 * 1024)
    {
        _pipe = new Pipe(new PipeOptions(pauseWriterThreshold: room, resumeWriterThreshold: room / 2, useSynchronizationContext: false));
        _writer = new CountingWriter(_pipe.Writer);
        Context.Features.Set<IHttpResponseBodyFeature>(this);
        Context.Features.Set<IHttpRequestLifetimeFeature>(this);
    }

    public DefaultHttpContext Context { get; } = new() { RequestServices = MvcServices.Provider };

    /// <summary>Bytes of each flush.</summary>
    public IReadOnlyList<int> Flushes => _writer.Flushes;

    public bool IsBufferingDisabled { get; private set; }

    /// <summary>True if the server aborted the connection.</summary>
    public bool IsAbortedByServer { get; private set; }

    PipeWriter IHttpResponseBodyFeature.Writer => _writer;

    Stream IHttpResponseBodyFeature.Stream => _writer.AsStream();

    public CancellationToken RequestAborted
    {
        get => _aborted.Token;
        set => throw new NotSupportedException();
    }

    /// <summary>The client closes the connection, and the server notices.</summary>
    public void Leave()
    {
        _pipe.Reader.Complete();
        _aborted.Cancel();
    }

    /// <summary>The client closes the connection, and only a flush notices it.</summary>
    public void LeaveUnnoticed() => _pipe.Reader.Complete();

    void IHttpRequestLifetimeFeature.Abort() => IsAbortedByServer = true;

    /// <summary>Reads as much text as is expected, or all if that is null, and returns it.</summary>
    public async Task<string> ReadAsync(string expected)
    {
        var bytes = new List<byte>();
        var length = Encoding.UTF8.GetByteCount(expected);
        while (bytes.Count < length)
        {
            var result = await _pipe.Reader.ReadAsync().Soon();
            foreach (var part in result.Buffer)
                bytes.AddRange(part.Span);
            _pipe.Reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                break;
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>Reads the rest, after the last write.</summary>
    public async Task<byte[]> ReadRestAsync()
    {
        await _pipe.Writer.CompleteAsync();
        using var rest = new MemoryStream();
        await _pipe.Reader.CopyToAsync(rest);
        return rest.ToArray();
    }

    void IHttpResponseBodyFeature.DisableBuffering() => IsBufferingDisabled = true;

    Task IHttpResponseBodyFeature.SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task IHttpResponseBodyFeature.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHttpResponseBodyFeature.CompleteAsync() => Task.CompletedTask;

    private sealed class CountingWriter(PipeWriter inner) : PipeWriter
    {
        private readonly List<int> _flushes = [];
        private int _written;

        public IReadOnlyList<int> Flushes
        {
            get
            {
                lock (_flushes)
                    return [.. _flushes];
            }
        }

        public override void Advance(int bytes)
        {
            _written += bytes;
            inner.Advance(bytes);
        }

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            lock (_flushes)
                _flushes.Add(_written);
            _written = 0;
            return inner.FlushAsync(cancellationToken);
        }

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);
    }
}
