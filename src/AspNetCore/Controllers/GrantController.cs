using Microsoft.AspNetCore.Mvc;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore.Auth;
using SseStreaming.AspNetCore.Auth.Grants;
using SseStreaming.AspNetCore.Binding;
using SseStreaming.AspNetCore.Controllers.Models;
using SseStreaming.AspNetCore.Hosting;
using SseStreaming.AspNetCore.OpenApi;
using SseStreaming.AspNetCore.Problems;
using SseStreaming.Domain;

namespace SseStreaming.AspNetCore.Controllers;

/// <summary>Grants, with which the owner of a stream lets others read it.</summary>
[ApiController]
[StreamApi]
[Tags("Grants")]
internal sealed class GrantController(ITextStreamService streams, GrantSigner signer, TimeProvider time) : ControllerBase
{
    private static readonly Refusal CannotSign = new(RefusalReason.Forbidden,
        "Streams can't be shared: the server has no key to sign grants, or does not require authentication.");

    /// <summary>Create a grant that lets others read a stream.</summary>
    /// <remarks>Only the owner of the stream can create a grant. It allows reading only, and can't be revoked before it expires.</remarks>
    /// <param name="id">Id of the stream.</param>
    /// <param name="request">How long the grant is valid.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    /// <response code="201">The grant, and the path of the stream's events with it.</response>
    [HttpPost("/streams/{id}/grants")]
    [EndpointName("GrantStream")]
    [ProducesResponseType<GrantModel>(StatusCodes.Status201Created, "application/json")]
    [ProducesRefusals(400, 403, 404, 413, 415, 503)]
    public async Task<IActionResult> Create(
        [ModelBinder<StreamIdBinder>] StreamId id, [ModelBinder<GrantRequestBinder>] GrantRequest request, CancellationToken cancellationToken)
    {
        if (!(await streams.FindOwnAsync(HttpContext.GetCaller(), id, cancellationToken)).Try(out _, out var refusal))
            return this.Refuse(refusal);
        if (!signer.CanSign)
            return this.Refuse(CannotSign);

        // A grant has whole seconds.
        var expires = DateTimeOffset.FromUnixTimeSeconds((time.GetUtcNow() + request.Lifetime).ToUnixTimeSeconds());
        Response.Headers.CacheControl = "no-store";
        return StatusCode(StatusCodes.Status201Created, GrantModel.Create(signer.Sign(new Grant(id, expires)), expires, StreamMapping.GetPath(HttpContext, "GetStreamEvents", id)));
    }
}
