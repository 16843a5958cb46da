using Microsoft.AspNetCore.Mvc;
using SseStreaming.Api.Auth;
using SseStreaming.Api.Auth.Grants;
using SseStreaming.Api.Binding;
using SseStreaming.Api.Controllers.Models;
using SseStreaming.Api.OpenApi;
using SseStreaming.Api.Problems;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Domain;

namespace SseStreaming.Api.Controllers;

/// <summary>Grants, by which the owner of a stream lets others read it.</summary>
[ApiController]
[StreamApi]
internal sealed class GrantController : ControllerBase
{
    private static readonly Refusal NoKey = new(RefusalReason.Forbidden,
        "Streams can't be shared here: the server has no key to sign grants with, or does not ask anyone who they are.");

    private readonly ITextStreamService _streams;
    private readonly GrantSigner _grants;
    private readonly TimeProvider _time;

    public GrantController(ITextStreamService streams, GrantSigner grants, TimeProvider time)
    {
        _streams = streams;
        _grants = grants;
        _time = time;
    }

    /// <summary>Lets whoever has the answer's address read a stream, and nothing else, for a time. Only its owner can; nobody can take it back.</summary>
    [HttpPost("/streams/{id}/grants")]
    [EndpointName("GrantStream")]
    [ProducesResponseType<GrantModel>(StatusCodes.Status201Created)]
    [ProducesProblems(400, 403, 404, 413, 415)]
    public async Task<IActionResult> Create(
        [ModelBinder<StreamIdBinder>] StreamId id,
        [ModelBinder<GrantRequestBinder>] GrantRequest request,
        CancellationToken cancellationToken)
    {
        if (!(await _streams.FindOwnAsync(HttpContext.GetCaller(), id, cancellationToken)).Try(out _, out var refusal))
            return this.Refuse(refusal);
        if (!_grants.CanSign)
            return this.Refuse(NoKey);

        var expires = DateTimeOffset.FromUnixTimeSeconds((_time.GetUtcNow() + request.Lifetime).ToUnixTimeSeconds());
        Response.Headers.CacheControl = "no-store";
        return StatusCode(StatusCodes.Status201Created, GrantModel.Create(id, _grants.Sign(new Grant(id, expires)), expires));
    }
}
