using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using SseStreaming.AspNetCore.Auth;
using SseStreaming.AspNetCore.Auth.Grants;

namespace SseStreaming.Api.OpenApi;

/// <summary>Describes access tokens and grants, on servers that require authentication.</summary>
internal static class AccessDescription
{
    /// <summary>The response of <see cref="DescriptionFile"/> that only servers with authentication have.</summary>
    public const string Unauthenticated = "Unauthenticated";

    private const string Scheme = "Bearer";

    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.AddComponent(Unauthenticated, DescriptionFile.Components.Responses![Unauthenticated]);
            document.AddComponent<IOpenApiSecurityScheme>(Scheme, new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "JWT",
                Description = "An access token of the authority that the server trusts.",
            });
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            ResponseDescription.AddRefusal(operation.Responses ??= [], StatusCodes.Status401Unauthorized, context.Document!);
            ResponseDescription.AddRefusal(operation.Responses, StatusCodes.Status503ServiceUnavailable, context.Document!);
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            if (metadata.OfType<TakesTokenInQueryAttribute>().Any())
                (operation.Parameters ??= []).Add(DescriptionFile.Components.Parameters![QuerySecrets.AccessTokenName]);
            if (metadata.OfType<TakesGrantAttribute>().Any())
                (operation.Parameters ??= []).Add(DescriptionFile.Components.Parameters![QuerySecrets.GrantName]);
            return Task.CompletedTask;
        });
    }
}
