using Microsoft.Extensions.Options;

namespace SseStreaming.Api.Hosting;

/// <summary>Settings of earlier versions. One that is still configured stops the start, because ignoring it would change what the server does.</summary>
internal static class RemovedSettings
{
    /// <summary>
    /// A setting or a section that was removed or renamed, and the sentence that says what to use instead. To remove a setting, add a
    /// line here (without the prefix that the message has already) and one to "Changed settings" in CHANGELOG.md.
    /// </summary>
    private static readonly (string Key, string Instead)[] All =
    [
        ("Auth:SubjectCharacters", "Remove it: a subject may have 255 characters."),
        ("Limits:BodyBytesPerSecond", "Use Kestrel:Limits:MinRequestBodyDataRate:BytesPerSecond and GracePeriod instead."),
        ("Limits:BodyGrace", "Use Kestrel:Limits:MinRequestBodyDataRate:BytesPerSecond and GracePeriod instead."),
        ("Limits:Connections", "Use Kestrel:Limits:MaxConcurrentConnections instead."),
        ("Limits:Fields", "Remove it: a request may have 64 fields."),
        ("Limits:HeaderBytes", "Use Kestrel:Limits:MaxRequestHeadersTotalSize and Kestrel:Limits:Http2:MaxRequestHeaderFieldSize instead."),
        ("Limits:Headers", "Use Kestrel:Limits:MaxRequestHeaderCount instead."),
        ("Limits:HeadersTimeout", "Use Kestrel:Limits:RequestHeadersTimeout instead."),
        ("Limits:Http2ConnectionWindowBytes", "Use Kestrel:Limits:Http2:InitialConnectionWindowSize instead."),
        ("Limits:Http2FrameBytes", "Use Kestrel:Limits:Http2:MaxFrameSize instead."),
        ("Limits:Http2HeaderTableBytes", "Use Kestrel:Limits:Http2:HeaderTableSize instead."),
        ("Limits:Http2PingDelay", "Use Kestrel:Limits:Http2:KeepAlivePingDelay instead."),
        ("Limits:Http2PingTimeout", "Use Kestrel:Limits:Http2:KeepAlivePingTimeout instead."),
        ("Limits:Http2Streams", "Use Kestrel:Limits:Http2:MaxStreamsPerConnection instead."),
        ("Limits:Http2StreamWindowBytes", "Use Kestrel:Limits:Http2:InitialStreamWindowSize instead."),
        ("Limits:JsonDepth", "Remove it: a JSON body may have 8 levels."),
        ("Limits:KeepAliveTimeout", "Use Kestrel:Limits:KeepAliveTimeout instead."),
        ("Limits:RequestLineBytes", "Use Kestrel:Limits:MaxRequestLineSize instead."),
        ("Limits:StartCounts", "Remove it: the starts of clients are counted in 65,536 buckets."),
        ("Sse:StopDeadline", "Remove it: connections have a second to end when the server has drained."),
    ];

    /// <exception cref="OptionsValidationException">The configuration has settings that were removed.</exception>
    public static void Validate(IConfiguration configuration)
    {
        var errors = All.Where(setting => configuration.GetSection(setting.Key).Exists())
            .Select(setting => $"{setting.Key} is no longer a setting. {setting.Instead}").ToList();
        if (errors.Count > 0)
            throw new OptionsValidationException(nameof(RemovedSettings), typeof(RemovedSettings), errors);
    }
}
