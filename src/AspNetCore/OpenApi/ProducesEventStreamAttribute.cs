using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.Formatters;

namespace SseStreaming.AspNetCore.OpenApi;

/// <summary>Declares that an action answers with an event stream.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ProducesEventStreamAttribute : Attribute, IApiResponseMetadataProvider
{
    public Type? Type => typeof(string);

    public int StatusCode => StatusCodes.Status200OK;

    public string Description => "The events of the stream, up to and including its terminal event.";

    public void SetContentTypes(MediaTypeCollection contentTypes)
    {
        contentTypes.Clear();
        contentTypes.Add("text/event-stream");
    }
}
