using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace SseStreaming.Api.Hosting;

/// <summary>Faults of the configuration, which stop the start with a line that names the setting instead of a stack.</summary>
internal static class StartFailure
{
    public static string? Describe(Exception exception) => exception switch
    {
        OptionsValidationException invalid => Describe(invalid.Failures),
        // Several sections at once.
        AggregateException several when several.InnerExceptions.All(inner => inner is OptionsValidationException) =>
            Describe(several.InnerExceptions.SelectMany(inner => ((OptionsValidationException)inner).Failures)),
        // The binder's words for a value of the wrong type, which name the setting.
        InvalidOperationException { InnerException: FormatException or ArgumentException or OverflowException } => Describe([exception.Message]),
        IOException { InnerException: AddressInUseException or SocketException } => $"The server can't listen: {exception.Message}",
        _ => null,
    };

    private static string Describe(IEnumerable<string> faults) => $"The configuration is not valid: {string.Join(" ", faults)}";
}
