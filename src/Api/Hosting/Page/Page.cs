namespace SseStreaming.Api.Hosting.Page;

/// <summary>The browser client, which the build puts into <c>wwwroot</c>.</summary>
internal static class Page
{
    private const string Policy =
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

    /// <summary>The one page whose script stands in it: it is the example of how little a client needs.</summary>
    private const string MinimalPage = "/minimal.html";

    private const string Missing =
        "The API runs, but its page was not built: that takes Node.js with npm. With both there, run 'npm ci' and 'npm run build' in the folder 'client', or build the API again.\n";

    public static void UsePage(this WebApplication app)
    {
        app.UseDefaultFiles();
        app.UseStaticFiles(new StaticFileOptions
        {
            OnPrepareResponse = static file =>
            {
                var headers = file.Context.Response.Headers;
                headers.ContentSecurityPolicy = file.Context.Request.Path == MinimalPage ? $"{Policy}; script-src 'unsafe-inline'" : Policy;
                headers.XContentTypeOptions = "nosniff";
                headers["Referrer-Policy"] = "no-referrer";
                // Names of the files under assets hold a digest of their content; the pages that name them must be looked up.
                headers.CacheControl = file.Context.Request.Path.StartsWithSegments("/assets")
                    ? "public, max-age=31536000, immutable"
                    : "no-cache";
            },
        });
        app.MapGet("/", () => Results.Text(Missing, statusCode: StatusCodes.Status404NotFound)).ExcludeFromDescription().AllowAnonymous();
    }
}
