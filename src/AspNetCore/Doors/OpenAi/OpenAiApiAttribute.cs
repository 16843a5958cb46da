using Microsoft.AspNetCore.Mvc.ApplicationModels;
using SseStreaming.AspNetCore.Controllers;

namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>Adds the filters of this API to a controller of the OpenAI door, and the one that translates their refusals.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class OpenAiApiAttribute : Attribute, IControllerModelConvention, IDoorHeaders
{
    public void Apply(ControllerModel controller)
    {
        new StreamApiAttribute().Apply(controller);
        controller.Filters.Add(new OpenAiErrorFilter());
        // OpenAI's own description covers these routes. The framework has made each action visible.
        foreach (var action in controller.Actions)
            action.ApiExplorer.IsVisible = false;
    }

    public void Set(HttpContext context) => OpenAiDoor.SetRequestId(context);
}
