namespace SseStreaming.AspNetCore.Problems;

/// <summary>Set on a request whose client is known to have left: <see cref="ClientDisconnectFilter"/> logs it in place of the request.</summary>
internal sealed class ClientDisconnect
{
    private ClientDisconnect()
    {
    }

    public static ClientDisconnect Instance { get; } = new();
}
