using System.Diagnostics.CodeAnalysis;
using SseStreaming.Application;
using SseStreaming.AspNetCore.Hosting;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Serves text streams over HTTP.</summary>
public static class TextStreamEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps the routes of text streams (<c>sse</c>, <c>streams</c>, <c>sources</c>, and those for OpenAI's clients and the AI SDK) below a prefix. Nothing else of the application
    /// changes.
    /// </summary>
    /// <param name="endpoints">The routes of the application.</param>
    /// <param name="prefix">The path of all routes, such as <c>/ai</c>. Empty: they are at the root.</param>
    /// <returns>The routes, for conventions such as <c>RequireAuthorization</c>.</returns>
    /// <exception cref="InvalidOperationException"><c>AddTextStreams</c> was not called, the prefix is mapped twice, or a source can't be created.</exception>
    public static IEndpointConventionBuilder MapTextStreams(this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(prefix);
        var router = endpoints.ServiceProvider.GetService<StreamRouter>()
            ?? throw new InvalidOperationException("Call AddTextStreams on the services of the application before MapTextStreams.");
        // Created now, so that a source that can't be created stops the start instead of failing the first request.
        _ = endpoints.ServiceProvider.GetRequiredService<ITextStreamService>();
        return router.Map(endpoints, prefix);
    }
}
