using System.Globalization;
using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Binding;

/// <summary>The headers that make an append repeatable, as the protocol of Durable Streams names them.</summary>
internal static class ProducerHeaders
{
    public const string Id = "Producer-Id";
    public const string Epoch = "Producer-Epoch";
    public const string Sequence = "Producer-Seq";
    public const string ExpectedSequence = "Producer-Expected-Seq";
    public const string ReceivedSequence = "Producer-Received-Seq";

    /// <summary>The largest integer that is exact in JavaScript.</summary>
    private const long MaxNumber = (1L << 53) - 1;

    /// <summary>The position; null without these headers, and after it has reported an error to <paramref name="reject"/>.</summary>
    public static ProducerPosition? Read(HttpRequest request, Action<string, string> reject)
    {
        string[] names = [Id, Epoch, Sequence];
        var missing = names.Where(name => !request.Headers.ContainsKey(name)).ToList();
        if (missing.Count == names.Length)
            return null;
        foreach (var name in missing)
            reject(name, $"'{name}' is missing: '{Id}', '{Epoch}' and '{Sequence}' are sent together.");
        if (missing.Count > 0)
            return null;

        var id = request.Headers[Id].ToString();
        var isValid = id.Length is > 0 and <= ProducerPosition.MaxIdCharacters;
        if (!isValid)
            reject(Id, $"'{Id}' must have 1 to {ProducerPosition.MaxIdCharacters} characters.");
        isValid &= TryReadNumber(request, Epoch, reject, out var epoch);
        isValid &= TryReadNumber(request, Sequence, reject, out var sequence);
        return isValid ? new ProducerPosition(id, epoch, sequence) : null;
    }

    private static bool TryReadNumber(HttpRequest request, string name, Action<string, string> reject, out long number)
    {
        var text = request.Headers[name].ToString();
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= MaxNumber)
            return true;
        reject(name, $"'{name}' must be a whole number from 0 to {MaxNumber}.");
        return false;
    }
}
