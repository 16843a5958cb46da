using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ApplicationParts;
using SseStreaming.AspNetCore.Doors;
using SseStreaming.AspNetCore.Problems;

namespace SseStreaming.AspNetCore.Hosting;

/// <summary>
/// An MVC of its own for the controllers of this library. The application's MVC, if it has one, does not see them, and its filters, binders,
/// JSON options and conventions don't see their requests (docs/decisions/0022-a-library-with-its-own-mvc.md).
/// </summary>
internal sealed class StreamMvc : IDisposable
{
    private readonly ServiceProvider _services;

    public StreamMvc(ILoggerFactory loggers, DiagnosticListener diagnostics)
    {
        var services = new ServiceCollection();
        services.AddLogging().AddSingleton(loggers).AddSingleton(diagnostics).AddSingleton<DiagnosticSource>(diagnostics);
        services.AddMvcCore(mvc =>
            {
                mvc.Filters.Add<ClientDisconnectFilter>();
                mvc.Filters.Add<BadHttpRequestFilter>();
            })
            .AddApiExplorer()
            .ConfigureApplicationPartManager(parts =>
            {
                parts.ApplicationParts.Add(new AssemblyPart(typeof(StreamMvc).Assembly));
                parts.FeatureProviders.Add(new InternalControllers());
            });
        _services = services.BuildServiceProvider();
    }

    public IEnumerable<ApiDescription> Descriptions =>
        _services.GetRequiredService<IApiDescriptionGroupCollectionProvider>().ApiDescriptionGroups.Items.SelectMany(group => group.Items);

    public void Map(IEndpointRouteBuilder endpoints) => new Routes(endpoints, _services).MapControllers();

    /// <summary>Lets MVC find its own services in a request to the endpoint.</summary>
    /// <param name="endpoint">An action of this library.</param>
    /// <param name="bodyBytes">Largest body. As metadata, a server without such a limit would log a warning for each request.</param>
    public void Isolate(EndpointBuilder endpoint, int bodyBytes)
    {
        var action = endpoint.RequestDelegate!;
        var headers = endpoint.Metadata.OfType<IDoorHeaders>().FirstOrDefault();
        endpoint.RequestDelegate = async context =>
        {
            headers?.Set(context);
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
                limit.MaxRequestBodySize = bodyBytes;
            var application = context.RequestServices;
            context.RequestServices = new RequestServices(_services, application);
            try
            {
                await action(context);
            }
            finally
            {
                // For the middleware of the application, such as an exception handler that executes an action of its own.
                context.RequestServices = application;
            }
        };
    }

    public void Dispose() => _services.Dispose();

    private sealed class Routes(IEndpointRouteBuilder endpoints, IServiceProvider services) : IEndpointRouteBuilder
    {
        public IServiceProvider ServiceProvider => services;

        public ICollection<EndpointDataSource> DataSources => endpoints.DataSources;

        public IApplicationBuilder CreateApplicationBuilder() => endpoints.CreateApplicationBuilder();
    }
}
