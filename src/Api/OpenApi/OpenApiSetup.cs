using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Scalar.AspNetCore;

namespace SseStreaming.Api.OpenApi;

/// <summary>The API's description at <c>/openapi/v1.json</c>, and in Development a page that shows it at <c>/scalar</c>.</summary>
internal static class OpenApiSetup
{
    public static IServiceCollection AddApiDescription(this IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IApiDescriptionProvider, StreamDescriptionsProvider>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IApiDescriptionProvider, BoundParametersProvider>());
        services.AddSingleton<RequestDescription>();
        // Schemas follow these options: by default a number may also be a string.
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);
        services.AddOpenApi(openApi =>
        {
            openApi.CreateSchemaReferenceId = SchemaDescription.GetReferenceId;
            openApi.AddSchemaTransformer<XmlComments>();
            openApi.AddOperationTransformer<XmlComments>();
            openApi.AddSchemaTransformer<SchemaDescription>();
            openApi.AddOperationTransformer<OperationDescription>();
            openApi.AddDocumentTransformer<DocumentDescription>();
        });
        return services;
    }

    public static void MapApiDescription(this WebApplication app)
    {
        app.MapOpenApi();
        if (app.Environment.IsDevelopment())
            app.MapScalarApiReference();
    }
}
