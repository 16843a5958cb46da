using Microsoft.Extensions.Logging;
using SseStreaming.Application.Generations;
using SseStreaming.Infrastructure.Generators.Query.LateRows;

namespace SseStreaming.Infrastructure.Generators.Query.Checkpoints;

/// <summary>Gives each piece of text the checkpoint after it, and clears the last one while the state is too large for a checkpoint.</summary>
internal sealed partial class RowPieces(string source, LateRowTracker tracker, QueryCheckpointFormat format, ILogger logger)
{
    private bool _isCleared;

    public GeneratedText Create(string text)
    {
        var checkpoint = tracker.WriteCheckpoint(format);
        if (checkpoint is null && !_isCleared)
        {
            Log.NotContinuable(logger, source, tracker.Count);
            checkpoint = "";
            _isCleared = true;
        }
        else if (checkpoint is not null)
        {
            _isCleared = false;
        }
        return new GeneratedText(text, Checkpoint: checkpoint);
    }

    /// <summary>An empty piece with a checkpoint, if there was none and the state fits again.</summary>
    public bool TryRestoreCheckpoint(out GeneratedText piece)
    {
        piece = default;
        if (_isCleared)
            piece = Create("");
        return piece.Checkpoint is not null;
    }

    private static partial class Log
    {
        [LoggerMessage(3, LogLevel.Warning, "Source {Source} can't be continued on another node for now: its {Rows} unsettled rows do not fit into a checkpoint")]
        public static partial void NotContinuable(ILogger logger, string source, int rows);
    }
}
