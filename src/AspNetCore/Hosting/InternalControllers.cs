using System.Reflection;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Controllers;

namespace SseStreaming.AspNetCore.Hosting;

/// <summary>Finds controllers that are internal, which MVC ignores by default.</summary>
internal sealed class InternalControllers : ControllerFeatureProvider
{
    protected override bool IsController(TypeInfo typeInfo) =>
        typeInfo.IsSealed && typeof(ControllerBase).IsAssignableFrom(typeInfo);
}
