using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace SseStreaming.Api.Hosting;

/// <summary>Describes errors of the configuration in one line that names the setting, in place of a stack trace.</summary>
internal static class StartFailure
{
    public static string? Describe(Exception exception) => exception switch
    {
        OptionsValidationException invalid => Describe(invalid.Failures),
        // Errors of several sections.
        AggregateException several when several.InnerExceptions.All(inner => inner is OptionsValidationException) =>
            Describe(several.InnerExceptions.SelectMany(inner => ((OptionsValidationException)inner).Failures)),
        // The configuration binder's message for a value of the wrong type, which names the setting.
        InvalidOperationException { InnerException: FormatException or ArgumentException or OverflowException } => Describe([exception.Message]),
        IOException { InnerException: AddressInUseException or SocketException } => $"The server can't listen: {exception.Message}",
        _ => null,
    };

    private static string Describe(IEnumerable<string> errors) => $"The configuration is not valid: {string.Join(" ", errors.Distinct())}";
}
