using System.ComponentModel.DataAnnotations;

namespace SseStreaming.Api.Hosting.Kestrel;

/// <summary>Section <c>Limits</c>, the settings that hold before an action runs.</summary>
internal sealed class ConnectionLimits
{
    public const string Section = "Limits";

    /// <summary>
    /// Open connections of one address, or of one IPv6 network of 64 bits; zero: no limit. More than viewers, so that a client with
    /// too many viewers still gets an answer. Trusted proxies are exempt.
    /// </summary>
    [Range(0, 10_000_000)]
    public int ConnectionsPerAddress { get; set; } = 1_000;
}
