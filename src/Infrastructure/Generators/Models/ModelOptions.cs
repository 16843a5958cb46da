using System.ComponentModel.DataAnnotations;
using SseStreaming.Application.Sources;

namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>The settings that all sources with a language model have.</summary>
internal abstract class ModelOptions : INamedSourceOptions
{
    protected const string FirstTimeout = "00:00:00.010";
    protected const string LastTimeout = "01:00:00";
    protected const string TimeoutFault = "must be a time from {1} to {2}";

    /// <summary>The description of the source in <c>GET /sources</c>.</summary>
    public string? Description { get; set; }

    /// <summary>Sent before the messages of each request.</summary>
    public string? SystemPrompt { get; set; }

    [Range(0.0, 2.0, ErrorMessage = "must be a number from {1} to {2}")]
    public double? Temperature { get; set; }

    /// <summary>Limit of the output in the model's tokens; a text that is cut there finishes with <c>length</c>.</summary>
    [Range(1, 10_000_000, ErrorMessage = "must be a whole number from {1} to {2}")]
    public int? MaxOutputTokens { get; set; }

    /// <summary>How long the model may take to produce anything, from the request on: a local model may have to be loaded.</summary>
    [Range(typeof(TimeSpan), FirstTimeout, LastTimeout, ErrorMessage = TimeoutFault)]
    public TimeSpan FirstSegmentTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long the model may then be silent. Thinking and the arguments of tools count as output, though they are not shown.</summary>
    [Range(typeof(TimeSpan), FirstTimeout, LastTimeout, ErrorMessage = TimeoutFault)]
    public TimeSpan SegmentTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Further attempts of a generation: while there is no segment, or at any time if the server can continue a text.</summary>
    [Range(0, 10, ErrorMessage = "must be a whole number from {1} to {2}")]
    public int Retries { get; set; } = 2;

    /// <summary>Delay before the first retry; it doubles with each further one.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00", ErrorMessage = TimeoutFault)]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest delay before a retry. If the server asks for a longer one, there is no retry.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00", ErrorMessage = TimeoutFault)]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(10);

    public virtual IEnumerable<(string Setting, string Fault)> Validate() => [];

    /// <summary>The options that a request may set. A method, so that it is no setting.</summary>
    public virtual IReadOnlyList<SourceOption> GetRequestOptions() => SamplingOptions.All;
}
