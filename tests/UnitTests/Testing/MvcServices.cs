using Microsoft.Extensions.DependencyInjection;

namespace SseStreaming.UnitTests.Testing;

/// <summary>The services of MVC, for code that takes them from the request.</summary>
internal static class MvcServices
{
    public static IServiceProvider Provider { get; } = new ServiceCollection().AddControllers().Services.BuildServiceProvider();
}
