namespace SseStreaming.Api.Hosting.Page;

/// <summary>Serves the browser client, which the build writes to <c>wwwroot</c>.</summary>
internal static class StaticPage
{
    private const string Policy =
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

    /// <summary>The only page with an inline script: it shows how little code a client needs.</summary>
    private const string MinimalPage = "/minimal.html";

    private const string Missing =
        "The API is running, but its page was not built, which needs Node.js with npm. Install them, run 'npm ci' and 'npm run build' in the folder 'client', or build the API again.\n";

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
                // Names of the files under assets contain a digest of their content. The pages that name them must be revalidated.
                headers.CacheControl = file.Context.Request.Path.StartsWithSegments("/assets")
                    ? "public, max-age=31536000, immutable"
                    : "no-cache";
            },
        });
        // A delegate of this form needs no expression tree at the start.
        app.MapGet("/", WriteMissingAsync).ExcludeFromDescription().AllowAnonymous();
    }

    private static Task WriteMissingAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(Missing, context.RequestAborted);
    }
}
