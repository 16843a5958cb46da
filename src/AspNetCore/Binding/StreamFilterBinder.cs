using System.Globalization;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using SseStreaming.Application.Contracts;
using SseStreaming.Domain;

namespace SseStreaming.AspNetCore.Binding;

/// <summary>Reads a <see cref="StreamFilter"/> from the query. Other names are errors: a filter that is misspelled would show all streams.</summary>
internal sealed class StreamFilterBinder : IModelBinder
{
    public const string Status = "status";
    public const string Thread = "thread";
    public const string After = "after";
    public const string Limit = "limit";

    public const int DefaultLimit = 50;

    public Task BindModelAsync(ModelBindingContext bindingContext)
    {
        StreamStatus? status = null;
        string? thread = null;
        StreamId? after = null;
        var limit = DefaultLimit;
        foreach (var (name, values) in bindingContext.HttpContext.Request.Query)
        {
            var error = (name, values) switch
            {
                (Status or Thread or After or Limit, { Count: > 1 }) => $"'{name}' is given more than once.",
                (Status, [var text]) => TryReadStatus(text, out status) ? null : $"'{Status}' must be 'running', 'completed', 'stopped' or 'failed'.",
                (Thread, [var text]) => Read(text, out thread),
                (After, [var text]) => TryReadId(text, out after) ? null : $"'{After}' is not the id of a stream.",
                (Limit, [var text]) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) ? null : $"'{Limit}' must be a whole number.",
                _ => $"A list takes '{Status}', '{Thread}', '{After}' and '{Limit}'.",
            };
            if (error is not null)
                bindingContext.ModelState.TryAddModelError(name is Status or Thread or After or Limit ? name : "", error);
        }
        // Also with errors: the framework adds an error of its own to a parameter without a value.
        bindingContext.Result = ModelBindingResult.Success(new StreamFilter(status, thread, after, limit));
        return Task.CompletedTask;
    }

    private static bool TryReadStatus(string? text, out StreamStatus? status)
    {
        status = text switch
        {
            "running" => StreamStatus.Running,
            "completed" => StreamStatus.Completed,
            "stopped" => StreamStatus.Stopped,
            "failed" => StreamStatus.Failed,
            _ => null,
        };
        return status is not null;
    }

    /// <summary>The service validates the thread.</summary>
    private static string? Read(string? text, out string? thread)
    {
        thread = text ?? "";
        return null;
    }

    private static bool TryReadId(string? text, out StreamId? after)
    {
        after = StreamId.TryParse(text, out var streamId) ? streamId : null;
        return after is not null;
    }
}
