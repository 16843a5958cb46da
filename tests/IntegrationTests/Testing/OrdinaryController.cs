using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Mvc;

namespace SseStreaming.IntegrationTests.Testing;

/// <summary>A controller as the documentation of ASP.NET Core shows it, without anything of this server.</summary>
[ApiController]
[Route("ordinary")]
[SuppressMessage("Maintainability", "CA1515", Justification = "Controllers are public in the framework's documentation.")]
public class OrdinaryController : ControllerBase
{
    [HttpGet("{number}")]
    public ActionResult<string> Get([FromRoute] int number, [FromQuery] string text) => number == 0 ? NotFound() : $"{number} {text}";

    [HttpPost]
    public ActionResult<OrdinaryItem> Post([FromBody] OrdinaryItem item) => item;

    [HttpPost("form")]
    public ActionResult<string> PostForm([FromForm] string text) => text;
}
