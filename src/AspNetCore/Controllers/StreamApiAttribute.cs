using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ApplicationModels;
using SseStreaming.AspNetCore.Binding;
using SseStreaming.AspNetCore.Problems;

namespace SseStreaming.AspNetCore.Controllers;

/// <summary>
/// Adds the filters of this API to a controller. Filters that suit any action are global; these would surprise the author of an
/// ordinary controller.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class StreamApiAttribute : Attribute, IControllerModelConvention
{
    public void Apply(ControllerModel controller)
    {
        controller.Filters.Add(new NoFormFilter());
        controller.Filters.Add(new InvalidRequestFilter());
        controller.Filters.Add(new TypeFilterAttribute<StoppingFilter>());
        controller.Filters.Add(new StoreUnavailableFilter());
    }
}
