using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace SseStreaming.Api.Hosting.Kestrel;

/// <summary>Section <c>Limits</c>, what concerns connections: the bounds that hold before there is a request.</summary>
internal sealed class ConnectionLimits
{
    public const string Section = "Limits";

    /// <summary>Connections that are open at once; zero: no bound. One more is closed as soon as it is accepted.</summary>
    [Range(0, 10_000_000)]
    public int Connections { get; set; } = 25_000;

    /// <summary>
    /// Connections from one address, or one IPv6 network of 64 bits; zero: no bound. More than viewers, so that a client who has
    /// too many of these can be told. Trusted proxies have no such bound.
    /// </summary>
    [Range(0, 10_000_000)]
    public int ConnectionsPerAddress { get; set; } = 1_000;

    /// <summary>Bytes of a request's first line, which holds the query.</summary>
    [Range(256, 1024 * 1024)]
    public int RequestLineBytes { get; set; } = 8 * 1024;

    /// <summary>Bytes of all headers of a request; of HTTP/2, of each of them too.</summary>
    [Range(1024, 1024 * 1024)]
    public int HeaderBytes { get; set; } = 32 * 1024;

    /// <summary>Headers of a request.</summary>
    [Range(10, 10_000)]
    public int Headers { get; set; } = 100;

    /// <summary>How long a request may take from its first byte to the end of its headers.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a connection may wait for its next request.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(130);

    /// <summary>Bytes of a request body.</summary>
    [Range(1, int.MaxValue)]
    public int BodyBytes { get; set; } = 256 * 1024;

    /// <summary>Bytes of a body that must come in a second, on average; zero: none.</summary>
    [Range(0, 100_000_000)]
    public int BodyBytesPerSecond { get; set; } = 240;

    /// <summary>How long a body may be slower than that.</summary>
    [Range(typeof(TimeSpan), "00:00:01.100", "01:00:00")]
    public TimeSpan BodyGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Requests at once on one connection of HTTP/2.</summary>
    [Range(1, 100_000)]
    public int Http2Streams { get; set; } = 100;

    /// <summary>Bytes of the table by which HTTP/2 compresses headers, for each connection.</summary>
    [Range(0, 1024 * 1024)]
    public int Http2HeaderTableBytes { get; set; } = 4 * 1024;

    /// <summary>Bytes of a frame of HTTP/2.</summary>
    [Range(16 * 1024, (16 * 1024 * 1024) - 1)]
    public int Http2FrameBytes { get; set; } = 16 * 1024;

    /// <summary>Bytes of bodies that may be under way on a connection of HTTP/2.</summary>
    [Range(65_535, int.MaxValue)]
    public int Http2ConnectionWindowBytes { get; set; } = 1024 * 1024;

    /// <summary>Bytes of one body that may be under way.</summary>
    [Range(65_535, int.MaxValue)]
    public int Http2StreamWindowBytes { get; set; } = 768 * 1024;

    /// <summary>Silence of a client of HTTP/2 after which it is asked whether it is there.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Http2PingDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it may take to answer that.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Http2PingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    public void ApplyTo(KestrelServerLimits limits)
    {
        limits.MaxConcurrentConnections = Connections == 0 ? null : Connections;
        limits.MaxRequestBodySize = BodyBytes;
        limits.MaxRequestLineSize = RequestLineBytes;
        limits.MaxRequestHeadersTotalSize = HeaderBytes;
        limits.MaxRequestHeaderCount = Headers;
        limits.RequestHeadersTimeout = HeadersTimeout;
        limits.KeepAliveTimeout = KeepAliveTimeout;
        limits.MinRequestBodyDataRate = BodyBytesPerSecond == 0 ? null : new MinDataRate(BodyBytesPerSecond, BodyGrace);
        limits.Http2.MaxStreamsPerConnection = Http2Streams;
        limits.Http2.HeaderTableSize = Http2HeaderTableBytes;
        limits.Http2.MaxFrameSize = Http2FrameBytes;
        limits.Http2.MaxRequestHeaderFieldSize = HeaderBytes;
        limits.Http2.InitialConnectionWindowSize = Http2ConnectionWindowBytes;
        limits.Http2.InitialStreamWindowSize = Http2StreamWindowBytes;
        limits.Http2.KeepAlivePingDelay = Http2PingDelay;
        limits.Http2.KeepAlivePingTimeout = Http2PingTimeout;
    }
}
