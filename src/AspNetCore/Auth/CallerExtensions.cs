using System.Text;
using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore.Auth.Grants;
using SseStreaming.AspNetCore.Hosting;

namespace SseStreaming.AspNetCore.Auth;

internal static class CallerExtensions
{
    /// <summary>As in OpenID Connect.</summary>
    private const int MaxOwnerLength = 255;

    /// <summary>The caller of a request: its owner and its grant, and the key by which limits count it.</summary>
    /// <exception cref="InvalidOperationException">The application names an owner that can't be stored.</exception>
    public static Caller GetCaller(this HttpContext context)
    {
        var owner = StreamMapping.Find(context)?.Owner(context.User);
        if (owner is not null && !IsOwner(owner))
            throw new InvalidOperationException($"An owner must have 1 to {MaxOwnerLength} characters, none of them a control character.");
        // The prefix separates owners from addresses: an owner may look like an address.
        return new Caller(owner, owner is null ? ClientAddress.ToClientKey(context.Connection.RemoteIpAddress) : $"subject {owner}")
        {
            GrantedStreamId = GrantReader.Find(context)?.StreamId,
        };
    }

    /// <summary>The owner is stored with each stream, so it has a limit and no characters that a database may reject.</summary>
    public static bool IsOwner(string owner) =>
        owner.Length is > 0 and <= MaxOwnerLength
        && owner.EnumerateRunes().All(rune => !Rune.IsControl(rune) && rune != Rune.ReplacementChar);
}
