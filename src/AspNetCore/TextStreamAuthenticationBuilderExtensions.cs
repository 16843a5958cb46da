using Microsoft.AspNetCore.Authentication;
using SseStreaming.AspNetCore;
using SseStreaming.AspNetCore.Auth.Grants;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the authentication by grants.</summary>
public static class TextStreamAuthenticationBuilderExtensions
{
    /// <summary>
    /// Adds the scheme <see cref="TextStreamGrantDefaults.AuthenticationScheme"/>, with which a policy lets a request pass that has only a grant. It then
    /// reads one stream.
    /// </summary>
    /// <param name="builder">The authentication of the application.</param>
    /// <returns>The same builder.</returns>
    public static AuthenticationBuilder AddTextStreamGrants(this AuthenticationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddScheme<AuthenticationSchemeOptions, GrantHandler>(TextStreamGrantDefaults.AuthenticationScheme, configureOptions: null);
    }
}
