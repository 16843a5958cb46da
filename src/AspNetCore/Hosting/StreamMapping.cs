using System.Security.Claims;
using SseStreaming.Domain;

namespace SseStreaming.AspNetCore.Hosting;

/// <summary>One mapping of the routes, which each of its endpoints has in its metadata.</summary>
/// <param name="number">The number of the mapping.</param>
/// <param name="owner">Names the owner of a user's streams.</param>
internal sealed class StreamMapping(int number, Func<ClaimsPrincipal, string?> owner)
{
    public Func<ClaimsPrincipal, string?> Owner => owner;

    /// <summary>The mapping that a request belongs to; null for an endpoint of the application.</summary>
    public static StreamMapping? Find(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<StreamMapping>();

    /// <summary>The path of an endpoint in the mapping of a request, with the prefixes of the mapping and of proxies.</summary>
    public static string GetPath(HttpContext context, string endpoint, StreamId id)
    {
        // With the parameters of the prefix, but without the names of this action.
        var values = new RouteValueDictionary(context.Request.RouteValues) { [nameof(id)] = id };
        values.Remove("controller");
        values.Remove("action");
        return context.RequestServices.GetRequiredService<LinkGenerator>().GetPathByName(context, Find(context)!.GetName(endpoint), values)!;
    }

    /// <summary>Names of endpoints must be unique in an application, which may use the same ones and may map the routes twice.</summary>
    public void Rename(EndpointBuilder endpoint)
    {
        if (endpoint.Metadata.OfType<IEndpointNameMetadata>().LastOrDefault() is not { } name)
            return;
        foreach (var item in endpoint.Metadata.OfType<IEndpointNameMetadata>().ToList())
            endpoint.Metadata.Remove(item);
        endpoint.Metadata.Add(new EndpointNameMetadata(GetName(name.EndpointName)));
    }

    private string GetName(string endpoint) => $"SseStreaming {number} {endpoint}";
}
