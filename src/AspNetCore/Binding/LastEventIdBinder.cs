using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace SseStreaming.AspNetCore.Binding;

/// <summary>
/// Reads the id of the last event that a client received: from the <c>Last-Event-ID</c> header, or from <c>lastEventId</c> in the query
/// for clients that can't set headers. The header takes precedence; empty values count as absent.
/// </summary>
internal sealed class LastEventIdBinder : IModelBinder
{
    public const string Header = "Last-Event-ID";
    public const string Parameter = "lastEventId";

    public Task BindModelAsync(ModelBindingContext bindingContext)
    {
        var (field, text) = Find(bindingContext.HttpContext.Request);
        if (string.IsNullOrEmpty(text))
            bindingContext.Result = ModelBindingResult.Success(null);
        else if (EventId.TryParse(text, out var id))
            bindingContext.Result = ModelBindingResult.Success(id);
        else
            bindingContext.ModelState.TryAddModelError(field,
                $"'{field}' is not an event id of this server: it is the 'id' of a frame, which looks like <stream id>.<sequence>.");
        return Task.CompletedTask;
    }

    /// <summary>True if the request has a last event id, well-formed or not.</summary>
    public static bool IsPresent(HttpRequest request) => !string.IsNullOrEmpty(Find(request).Text);

    /// <summary>Name of the header or query parameter that has the last event id; errors are keyed by it.</summary>
    public static string GetFieldName(HttpRequest request) => Find(request).Field;

    private static (string Field, string? Text) Find(HttpRequest request)
    {
        var header = request.Headers[Header].ToString();
        return header.Length > 0 ? (Header, header) : (Parameter, request.Query[Parameter].ToString());
    }
}
