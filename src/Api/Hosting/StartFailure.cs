using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace SseStreaming.Api.Hosting;

/// <summary>Faults of the configuration, which stop the start with a line that names the setting instead of a stack.</summary>
internal static class StartFailure
{
    public static string? Describe(Exception exception) => exception switch
    {
        OptionsValidationException invalid => $"The configuration is not valid: {string.Join(" ", invalid.Failures)}",
        IOException { InnerException: AddressInUseException or SocketException } => $"The server can't listen: {exception.Message}",
        _ => null,
    };
}
