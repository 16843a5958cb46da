using System.ComponentModel.DataAnnotations;
using System.Net;

namespace SseStreaming.Api.Hosting.Proxies;

/// <summary>Section <c>Proxies</c>: the proxies whose <c>X-Forwarded-For</c> is believed.</summary>
internal sealed class ProxiesOptions : IValidatableObject
{
    public const string Section = "Proxies";

    private IReadOnlyList<IPNetwork>? _networks;

    /// <summary>Addresses and networks (<c>10.0.0.0/8</c>) of the proxies in front of this server.</summary>
    public IList<string> Trusted { get; } = [];

    /// <summary><see cref="Trusted"/>, parsed.</summary>
    public IReadOnlyList<IPNetwork> Networks => _networks ??= [.. Trusted.Select(text => TryRead(text, out var network) ? network : default)];

    public bool Trusts(IPAddress address) =>
        Networks.Any(network => network.Contains(address) || (address.IsIPv4MappedToIPv6 && network.Contains(address.MapToIPv4())));

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => Trusted
        .Select((text, index) => (text, index))
        .Where(entry => !TryRead(entry.text, out _))
        .Select(entry => new ValidationResult($"{Section}:{nameof(Trusted)}:{entry.index} is neither an address nor a network such as 10.0.0.0/8."));

    private static bool TryRead(string text, out IPNetwork network)
    {
        if (IPNetwork.TryParse(text, out network))
            return true;
        if (!IPAddress.TryParse(text, out var address))
            return false;
        network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
        return true;
    }
}
