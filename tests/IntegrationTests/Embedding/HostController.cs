using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Mvc;
using SseStreaming.IntegrationTests.Testing;

namespace SseStreaming.IntegrationTests.Embedding;

/// <summary>A controller of an application that uses the package.</summary>
[ApiController]
[Route("host")]
[SuppressMessage("Maintainability", "CA1515", Justification = "Controllers are public in the framework's documentation.")]
public class HostController : ControllerBase
{
    [HttpGet("{number}")]
    public ActionResult<OrdinaryItem> Get([FromRoute] int number) => number == 0 ? NotFound() : new OrdinaryItem("pens", number);

    [HttpPost]
    public ActionResult<OrdinaryItem> Post([FromBody] OrdinaryItem item) => item;
}
