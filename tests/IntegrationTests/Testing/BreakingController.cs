using System.Reflection;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ApplicationParts;
using Microsoft.AspNetCore.Mvc.Controllers;
using SseStreaming.Application;
using SseStreaming.Application.Events;
using SseStreaming.AspNetCore.Auth;
using SseStreaming.AspNetCore.Controllers;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Domain;

namespace SseStreaming.IntegrationTests.Testing;

/// <summary>Streams of a protocol whose clients take a regular end for the end of the text.</summary>
[ApiController]
[StreamApi]
internal sealed class BreakingController(ITextStreamService streams, EventStreamFormatter formatter) : ControllerBase
{
    [HttpGet("/breaking/{id}")]
    public async Task<IActionResult> Get(string id, CancellationToken cancellationToken)
    {
        Assert.That(StreamId.TryParse(id, out var streamId), Is.True);
        var viewer = (await streams.ViewAsync(HttpContext.GetCaller(), streamId, 0, cancellationToken)).Value!;
        await formatter.WriteAsync(HttpContext, viewer, new BreakingFraming(), cancellationToken);
        return new EmptyResult();
    }

    /// <summary>MVC finds public controllers only.</summary>
    public sealed class Feature : IApplicationFeatureProvider<ControllerFeature>
    {
        public void PopulateFeature(IEnumerable<ApplicationPart> parts, ControllerFeature feature) =>
            feature.Controllers.Add(typeof(BreakingController).GetTypeInfo());
    }

    private sealed class BreakingFraming : IStreamFraming
    {
        public void Write(ResponseWriter writer, EventBatch batch) => NativeFraming.Instance.Write(writer, batch);

        public ValueTask<bool> WriteEndAsync(ResponseWriter writer, EventBatch terminal, CancellationToken cancellationToken) =>
            NativeFraming.Instance.WriteEndAsync(writer, terminal, cancellationToken);

        public bool BreaksOff(ViewerEnd end) => end is not ViewerEnd.Finished;
    }
}
