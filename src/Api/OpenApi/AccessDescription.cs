using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using SseStreaming.Api.Auth;
using SseStreaming.Api.Auth.Grants;
using SseStreaming.Api.Auth.Tokens;

namespace SseStreaming.Api.OpenApi;

/// <summary>Adds to the API's description that it needs a token, and where else one can stand, where that is so.</summary>
internal static class AccessDescription
{
    private const string Scheme = "Bearer";

    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT" },
            };
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            Describe(operation, context.Description.ActionDescriptor.EndpointMetadata);
            return Task.CompletedTask;
        });
    }

    private static void Describe(OpenApiOperation operation, IList<object> metadata)
    {
        (operation.Responses ??= []).TryAdd("401", new OpenApiResponse { Description = "Who asks is not known (RFC 9457; the header WWW-Authenticate says more)." });
        if (metadata.OfType<TakesTokenInQueryAttribute>().Any())
            (operation.Parameters ??= []).Add(InQuery(QuerySecrets.AccessTokenName, "The token, for clients that can't set the header, which wins."));
        if (metadata.OfType<TakesGrantAttribute>().Any())
            (operation.Parameters ??= []).Add(InQuery(QuerySecrets.GrantName, "A grant for this stream, in place of a token."));
    }

    private static OpenApiParameter InQuery(string name, string description) => new()
    {
        Name = name,
        In = ParameterLocation.Query,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };
}
