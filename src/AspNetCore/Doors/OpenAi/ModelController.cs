using Microsoft.AspNetCore.Mvc;
using SseStreaming.Application;
using SseStreaming.Application.Sources;

namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>The models of the OpenAI door: the sources of this server that have an end.</summary>
[ApiController]
[OpenAiApi]
internal sealed class ModelController(ITextStreamService streams) : ControllerBase
{
    [HttpGet(OpenAiDoor.Root + "/models")]
    public IActionResult List() =>
        Ok(new { @object = "list", data = streams.Sources.Where(source => source.HasEnd()).Select(ToModel) });

    [HttpGet(OpenAiDoor.Root + "/models/{id}")]
    public IActionResult Get(string id) =>
        streams.FindSource(id) is { } source && source.HasEnd()
            ? Ok(ToModel(source))
            : RequestFields.UnknownModel.ToResult();

    /// <summary>A source has no date.</summary>
    private static object ToModel(SourceDescription source) =>
        new { id = source.Name, @object = "model", created = 0, owned_by = "sse-streaming" };
}
