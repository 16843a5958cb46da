using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;

namespace SseStreaming.AspNetCore.Hosting;

/// <summary>Maps the actions of this library below prefixes.</summary>
/// <param name="mvc">The MVC that has the actions.</param>
/// <param name="limit">The limit of request bodies.</param>
/// <param name="options">The options of the application.</param>
internal sealed class StreamRouter(StreamMvc mvc, IOptions<BodyLimit> limit, IOptions<TextStreamsOptions> options)
{
    private readonly HashSet<(IEndpointRouteBuilder, string)> _mapped = [];

    public IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string prefix)
    {
        var root = prefix.Trim('/');
        if (!_mapped.Add((endpoints, root)))
            throw new InvalidOperationException($"Text streams are mapped twice below '/{root}'.");

        var group = endpoints.MapGroup(root);
        var mapping = new StreamMapping(_mapped.Count, options.Value.Owner);
        mvc.Map(group);
        group.WithMetadata(mapping, new DisableRequestTimeoutAttribute());
        // After the metadata of the actions.
        ((IEndpointConventionBuilder)group).Finally(endpoint =>
        {
            mapping.Rename(endpoint);
            mvc.Isolate(endpoint, limit.Value.BodyBytes);
        });
        return group;
    }
}
