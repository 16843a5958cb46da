using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Application.Streams;
using SseStreaming.Domain;

namespace SseStreaming.Application;

/// <inheritdoc cref="ITextStreamService"/>
internal sealed class TextStreamService(
    SourceCatalog sources,
    IEventStreamStore store,
    EventStreamReader reader,
    GenerationRunner runner,
    ViewerCounts viewers,
    IOptions<LimitsOptions> limits,
    TimeProvider time) : ITextStreamService
{
    /// <summary>How long a stop waits for the terminal event; the stop itself does not depend on it.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    /// <summary>When to ask again for room that only time can make.</summary>
    private static readonly TimeSpan RetryWhenFull = TimeSpan.FromSeconds(10);

    public IReadOnlyList<SourceDescription> Sources => sources.Descriptions;

    public string DefaultSource => sources.Default;

    public async ValueTask<Outcome<StartedStream>> StartAsync(StartRequest request, CancellationToken cancellationToken)
    {
        var creation = await CreateAsync(request, cancellationToken);
        if (!creation.Try(out var created, out var refusal))
            return refusal;

        created.Begin(runner);
        var state = await GetStateAsync(created.Stream, cancellationToken);
        return state.Try(out var value, out refusal) ? new StartedStream(value, created.Joined) : refusal;
    }

    public async ValueTask<Outcome<StreamViewer>> StartViewingAsync(StartRequest request, CancellationToken cancellationToken)
    {
        var creation = await CreateAsync(request, cancellationToken);
        if (!creation.Try(out var created, out var refusal))
            return refusal;

        // The viewer is there before the generation begins, so that even a grace of zero does not begin to run.
        var viewer = Enter(created.Stream, after: 0);
        created.Begin(runner);
        return viewer;
    }

    public async ValueTask<Outcome<StreamViewer>> ViewAsync(StreamId stream, long after, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(stream, cancellationToken) is not { } record)
            return UnknownStream;

        return record.Extent.After(after) switch
        {
            ResumePoint.Readable => Enter(stream, after),
            ResumePoint.Ended => new Refusal(RefusalReason.Ended, "The last event id is that of the terminal event: nothing more will come."),
            ResumePoint.Expired => new Refusal(RefusalReason.Expired,
                "Events right after the last event id are no longer kept, so going on from it would leave a gap."),
            _ => new Refusal(RefusalReason.BeyondEnd, "The last event id is beyond the last event that is stored for this stream."),
        };
    }

    public async ValueTask<Outcome<StreamState>> GetStateAsync(StreamId stream, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(stream, cancellationToken) is not { } record)
            return UnknownStream;

        string? reason = null;
        if (record.Ending is not null
            && await store.ReadAsync(stream, record.Extent.Last - 1, cancellationToken) is { IsEmpty: false } end)
            reason = EventData.ReasonOf(end[0]);
        return new StreamState(
            stream, record.Head.Source, StatusOf(record.Ending), record.Head.Created, record.Segments, record.Characters,
            viewers.Of(stream), new EventId(stream, record.Extent.Last), reason);
    }

    public async ValueTask<Outcome<IAsyncEnumerable<ReadOnlyMemory<byte>>>> ReadTextAsync(StreamId stream, CancellationToken cancellationToken) =>
        await store.FindAsync(stream, cancellationToken) is { } record
            ? Outcome.Of(TextOf(stream, record.Extent, cancellationToken))
            : UnknownStream;

    public async ValueTask<Outcome<StreamState>> StopAsync(StreamId stream, CancellationToken cancellationToken)
    {
        if (runner.Find(stream) is { } generation)
        {
            generation.Stop(StopReason.Requested);
            await generation.Ended.WaitAsync(StopPatience, time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
        return await GetStateAsync(stream, cancellationToken);
    }

    private async ValueTask<Outcome<Creation>> CreateAsync(StartRequest request, CancellationToken cancellationToken)
    {
        if (!sources.Find(request.Source).Try(out var generator, out var refusal)
            || !CheckPrompt(request.Prompt, generator.Source, out refusal)
            || !SourceOptions.Read(generator.Source, request.Options).Try(out var options, out refusal))
            return refusal!;

        var generation = new GenerationRequest(request.Prompt, options);
        if (await generator.CheckAsync(generation, cancellationToken) is { } objection)
            return objection;
        if (runner.IsStopping)
            return new Refusal(RefusalReason.Stopping, "The server is stopping.") { RetryAfter = TimeSpan.FromSeconds(1) };

        var head = new StreamHead(StreamId.New(), generator.Source.Name, time.GetUtcNow())
        {
            Idempotency = request.IdempotencyKey is { } key ? new Idempotency(key, DigestOf(request)) : null,
        };
        var started = EventBatch.Of(head.Id, 1, EventData.Started(head.Id, head.Source));
        // Not cancelled with the request: a stream that exists must get its generation.
        var result = await store.CreateAsync(head, started, CancellationToken.None);
        return result.Outcome switch
        {
            CreateOutcome.Created => new Creation(head.Id, generator, generation, request.OnDisconnect is OnDisconnect.Continue),
            CreateOutcome.Full => new Refusal(RefusalReason.Full, "The server keeps as many streams as it may; there is no room for another one.")
            {
                RetryAfter = RetryWhenFull,
            },
            _ when result.Existing!.Idempotency == head.Idempotency => new Creation(result.Existing.Id),
            _ => new Refusal(RefusalReason.KeyReused, "The Idempotency-Key came before with a different request."),
        };
    }

    private bool CheckPrompt(string? prompt, SourceDescription source, out Refusal? refusal)
    {
        refusal = prompt?.Length > limits.Value.PromptCharacters
            ? Refusal.Invalid("prompt", $"'prompt' is longer than {limits.Value.PromptCharacters} characters.")
            : source.Prompt is PromptUse.Required && string.IsNullOrWhiteSpace(prompt)
                ? Refusal.Invalid("prompt", $"'prompt' is missing: the source '{source.Name}' needs one.")
                : null;
        return refusal is null;
    }

    private StreamViewer Enter(StreamId stream, long after)
    {
        var presence = viewers.Enter(stream, runner.ViewersChanged);
        runner.ViewersChanged(stream);
        return new StreamViewer(
            stream, after, (position, idle, cancellationToken) => reader.ReadAsync(stream, position, idle, cancellationToken), presence);
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> TextOf(
        StreamId stream, StreamExtent extent, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var after = extent.First - 1; after < extent.Last;)
        {
            if (await store.ReadAsync(stream, after, cancellationToken) is not { IsEmpty: false } batch)
                yield break;
            yield return batch.Segments.Data;
            after = batch.Last;
        }
    }

    private static StreamStatus StatusOf(EventKind? ending) => ending switch
    {
        EventKind.Completed => StreamStatus.Completed,
        EventKind.Stopped => StreamStatus.Stopped,
        EventKind.Failed => StreamStatus.Failed,
        _ => StreamStatus.Running,
    };

    private static string DigestOf(StartRequest request)
    {
        var options = request.Options.OrderBy(option => option.Key, StringComparer.Ordinal)
            .Select(option => (string[])[option.Key, option.Value.Text]);
        var canonical = JsonSerializer.SerializeToUtf8Bytes<object?[]>(
            [request.Source, request.Prompt, request.OnDisconnect.ToString(), options]);
        return Convert.ToHexString(SHA256.HashData(canonical));
    }

    private static Refusal UnknownStream { get; } =
        new(RefusalReason.UnknownStream, "There is no such stream: it never was, or it is no longer kept.");

    /// <summary>A stream that exists now, and, if it is new, the generation that is to fill it.</summary>
    private sealed class Creation(StreamId stream, ITextGenerator? generator = null, GenerationRequest? request = null, bool continueUnviewed = false)
    {
        public StreamId Stream => stream;

        public bool Joined => generator is null;

        public void Begin(GenerationRunner runner)
        {
            if (generator is not null)
                runner.Start(stream, generator, request!, continueUnviewed);
        }
    }
}
