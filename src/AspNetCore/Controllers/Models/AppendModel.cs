using System.Text.Json.Serialization;
using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Controllers.Models;

/// <summary>The outcome of an append.</summary>
/// <param name="LastEventId">Id of the last event of the stream.</param>
/// <param name="Repeated">True if the append was stored before, so that nothing has changed.</param>
internal sealed record AppendModel(string LastEventId, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Repeated)
{
    internal static AppendModel From(AppendReceipt receipt) => new(receipt.LastEventId.ToString(), receipt.Outcome is AppendOutcome.Repeated);
}
