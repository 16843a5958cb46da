using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore.Binding;

namespace SseStreaming.AspNetCore.Problems;

/// <summary>The problem details of an append that changed nothing, because of the state of its stream or of its producer.</summary>
internal static class AppendConflict
{
    /// <summary>Null if the append is stored, now or before.</summary>
    public static IActionResult? From(AppendReceipt receipt, HttpContext context)
    {
        var headers = context.Response.Headers;
        switch (receipt.Outcome)
        {
            case AppendOutcome.Appended or AppendOutcome.Repeated:
                return null;
            case AppendOutcome.Gap:
                headers[ProducerHeaders.ExpectedSequence] = ToText(receipt.ExpectedSequence);
                headers[ProducerHeaders.ReceivedSequence] = ToText(receipt.ReceivedSequence);
                return Create(context, StatusCodes.Status409Conflict, ProblemTypes.ProducerGap, "An append is missing.",
                    $"The next append of this producer has the sequence {ToText(receipt.ExpectedSequence)}.");
            case AppendOutcome.Fenced:
                headers[ProducerHeaders.Epoch] = ToText(receipt.Producer?.Epoch);
                return Create(context, StatusCodes.Status403Forbidden, ProblemTypes.ProducerFenced, "The producer was replaced.",
                    "A producer with the same id and a higher epoch has appended.");
            case AppendOutcome.BadStart:
                return RefusalResult.From(Refusal.Invalid(ProducerHeaders.Sequence, $"A new epoch begins with '{ProducerHeaders.Sequence}' 0."), context);
            case AppendOutcome.Closed:
                return Create(context, StatusCodes.Status409Conflict, ProblemTypes.StreamEnded, "The stream has ended.", "Nothing can be appended to it any more.");
            default:
                return Create(context, StatusCodes.Status409Conflict, ProblemTypes.OutOfOrder, "The append is out of order.",
                    "An append with the same or a higher order was stored before.");
        }
    }

    private static ObjectResult Create(HttpContext context, int status, string type, string title, string detail) =>
        ProblemResult.Create(context, status, type, title, detail);

    private static string ToText(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";
}
