namespace SseStreaming.AspNetCore.Hosting;

/// <summary>The services of a request: those of MVC are this library's own, all others are the application's.</summary>
internal sealed class RequestServices(IServiceProvider mvc, IServiceProvider application) : IServiceProvider
{
    private const string MvcNamespace = "Microsoft.AspNetCore.Mvc";

    public object? GetService(Type serviceType) => (IsOfMvc(serviceType) ? mvc : application).GetService(serviceType);

    private static bool IsOfMvc(Type type) =>
        type.Namespace?.StartsWith(MvcNamespace, StringComparison.Ordinal) is true
        || (type.IsGenericType && Array.Exists(type.GetGenericArguments(), IsOfMvc));
}
