using Microsoft.AspNetCore.Mvc;
using SseStreaming.Application;
using SseStreaming.AspNetCore.Controllers.Models;

namespace SseStreaming.AspNetCore.Controllers;

/// <summary>The sources that can generate text.</summary>
[ApiController]
[StreamApi]
[Tags("Sources")]
internal sealed class SourceController(ITextStreamService streams) : ControllerBase
{
    /// <summary>List the sources and their options.</summary>
    /// <response code="200">The sources of this server.</response>
    [HttpGet("/sources")]
    [EndpointName("GetSources")]
    [ProducesResponseType<SourceListModel>(StatusCodes.Status200OK, "application/json")]
    public SourceListModel GetSources() => SourceListModel.From(streams);
}
