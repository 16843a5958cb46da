using Microsoft.AspNetCore.Mvc;
using SseStreaming.Api.Controllers.Models;
using SseStreaming.Application;

namespace SseStreaming.Api.Controllers;

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
