namespace SseStreaming.AspNetCore.Auth.Grants;

/// <summary>How grants are signed, and how long they are valid.</summary>
internal sealed class GrantOptions
{
    /// <summary>The key that signs grants, the same on all nodes; null: there are no grants.</summary>
    public byte[]? Key { get; set; }

    /// <summary>Lifetime of a grant if the request does not set one.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Longest lifetime of a grant.</summary>
    public TimeSpan MaxLifetime { get; set; } = TimeSpan.FromDays(7);
}
