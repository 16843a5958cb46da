using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using SseStreaming.Api.Auth.Tokens;
using SseStreaming.Api.OpenApi;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore;

namespace SseStreaming.Api.Auth;

/// <summary>
/// Requires a token for every endpoint that does not allow anonymous requests, if <c>Auth:Required</c> is set. The service checks who
/// owns a stream (<see cref="Caller"/>).
/// </summary>
internal static class AccessSetup
{
    public static IServiceCollection AddAccess(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<AuthOptions>(AuthOptions.Section);
        services.AddSingleton<IValidateOptions<AuthOptions>, AuthOptionsValidator>();
        services.AddOptions<TextStreamsOptions>().Configure<IOptions<AuthOptions>>((streams, auth) => auth.Value.Configure(streams));
        services.AddSingleton<IHttpContextFactory, QuerySecretRedactionContextFactory>();
        if (configuration.GetSection(AuthOptions.Section).Get<AuthOptions>()?.IsRequired is not true)
            return services;

        // A token with an unknown key waits until the keys are read again. Otherwise it would be refused, and the next one accepted.
        AppContext.SetSwitch("Switch.Microsoft.IdentityModel.UpdateConfigAsBlocking", true);
        services.AddSingleton<BearerEvents>();
        services.AddSingleton<IConfigureOptions<JwtBearerOptions>, BearerSetup>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AccessAnswer>();
        // AddAuthentication would add data protection with a folder for its keys, and AddJwtBearer would let another section of the
        // configuration override this one.
        services.AddAuthenticationCore();
        services.AddWebEncoders();
        services.AddSingleton<IPostConfigureOptions<JwtBearerOptions>, JwtBearerPostConfigureOptions>();
        new AuthenticationBuilder(services)
            .AddScheme<JwtBearerOptions, JwtBearerHandler>(JwtBearerDefaults.AuthenticationScheme, configureOptions: null)
            .AddTextStreamGrants();
        services.Configure<OpenApiOptions>("v1", AccessDescription.Configure);
        services.AddAuthorizationBuilder().SetFallbackPolicy(
            new AuthorizationPolicyBuilder(JwtBearerDefaults.AuthenticationScheme, TextStreamGrantDefaults.AuthenticationScheme).RequireAuthenticatedUser().Build());
        return services;
    }

    /// <summary>Later middleware sees only requests that have access.</summary>
    public static void UseAccess(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<AuthOptions>>().Value.IsRequired)
            app.UseAuthorization();
        StartNotice.Register(app);
    }
}
