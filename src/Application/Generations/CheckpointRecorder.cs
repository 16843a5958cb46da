using System.Text;

namespace SseStreaming.Application.Generations;

/// <summary>Records where a generation is, so that each append stores what has changed since the one before.</summary>
/// <param name="shaper">Holds text back that the generator has produced.</param>
/// <param name="continued">Where an earlier node was interrupted; null for a new generation.</param>
internal sealed class CheckpointRecorder(SegmentShaper shaper, GenerationCheckpoint? continued)
{
    private GenerationCheckpoint _stored = continued ?? new GenerationCheckpoint(null, "");
    private volatile string? _state = continued?.State;
    private volatile bool _hasText = continued?.State is not null;

    /// <summary>True if another node can continue or start the generation from here.</summary>
    public bool IsContinuable => new GenerationCheckpoint(_state, "").IsContinuable(_hasText);

    /// <summary>True if the generator has set a checkpoint that is not stored yet.</summary>
    public bool HasNewState => _state != _stored.State;

    /// <summary>Records a piece of text; false if its checkpoint is too long, so that the generation can't be continued.</summary>
    public bool Record(in GeneratedText piece)
    {
        _hasText |= piece.Text.Length > 0;
        if (piece.Checkpoint is not { } state)
            return true;
        var fits = state.Length <= GeneratedText.MaxCheckpointBytes / 3 || Encoding.UTF8.GetByteCount(state) <= GeneratedText.MaxCheckpointBytes;
        _state = fits ? state : "";
        return fits;
    }

    /// <summary>What has changed since the last call, encoded for the store; null if nothing has.</summary>
    public byte[]? TakeChange()
    {
        var current = new GenerationCheckpoint(_state, shaper.Held);
        if (current == _stored)
            return null;
        _stored = current;
        return current.Encode();
    }
}
