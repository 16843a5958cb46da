using Microsoft.AspNetCore.Mvc.ApiExplorer;
using SseStreaming.AspNetCore.Hosting;

namespace SseStreaming.Api.OpenApi;

/// <summary>Adds the actions of the library, which this server's MVC does not have.</summary>
internal sealed class StreamDescriptionsProvider(StreamMvc mvc) : IApiDescriptionProvider
{
    /// <summary>Before <see cref="BoundParametersProvider"/>.</summary>
    public int Order => -1000;

    public void OnProvidersExecuting(ApiDescriptionProviderContext context)
    {
        foreach (var description in mvc.Descriptions)
            context.Results.Add(description);
    }

    public void OnProvidersExecuted(ApiDescriptionProviderContext context)
    {
    }
}
