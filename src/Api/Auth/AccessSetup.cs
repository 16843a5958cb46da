using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using SseStreaming.Api.Auth.Grants;
using SseStreaming.Api.Auth.Tokens;
using SseStreaming.Api.OpenApi;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;

namespace SseStreaming.Api.Auth;

/// <summary>
/// Who may do what: where authentication is required, an endpoint that does not say otherwise needs it. What is whose is the
/// service's to decide (<see cref="Caller"/>).
/// </summary>
internal static class AccessSetup
{
    public static IServiceCollection AddAccess(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<AuthOptions>(AuthOptions.Section);
        services.AddSingleton<IValidateOptions<AuthOptions>, AuthOptionsValidator>();
        services.AddSingleton<GrantSigner>();
        services.AddSingleton<IHttpContextFactory, QuerySecretRedactionContextFactory>();
        if (configuration.GetSection(AuthOptions.Section).Get<AuthOptions>()?.IsRequired is not true)
            return services;

        // A token of a key that was not known waits for the keys to be read again; otherwise it would be refused, and the next one not.
        AppContext.SetSwitch("Switch.Microsoft.IdentityModel.UpdateConfigAsBlocking", true);
        services.AddSingleton<BearerEvents>();
        services.AddSingleton<IConfigureOptions<JwtBearerOptions>, BearerSetup>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AccessAnswer>();
        // Not AddAuthentication, which brings the keys of cookies and a folder to keep them in, nor AddJwtBearer, which would let another
        // section of the configuration have the last word.
        services.AddAuthenticationCore();
        services.AddWebEncoders();
        services.AddSingleton<IPostConfigureOptions<JwtBearerOptions>, JwtBearerPostConfigureOptions>();
        new AuthenticationBuilder(services)
            .AddScheme<JwtBearerOptions, JwtBearerHandler>(JwtBearerDefaults.AuthenticationScheme, configureOptions: null)
            .AddScheme<AuthenticationSchemeOptions, GrantHandler>(GrantHandler.SchemeName, configureOptions: null);
        services.Configure<OpenApiOptions>("v1", AccessDescription.Configure);
        services.AddAuthorizationBuilder().SetFallbackPolicy(
            new AuthorizationPolicyBuilder(JwtBearerDefaults.AuthenticationScheme, GrantHandler.SchemeName).RequireAuthenticatedUser().Build());
        return services;
    }

    /// <summary>From here on, who comes is known and may come.</summary>
    public static void UseAccess(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<AuthOptions>>().Value.IsRequired)
            app.UseAuthorization();
        StartNotice.Register(app);
    }
}
