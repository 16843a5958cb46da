using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>An error as the SDKs read it. The status decides which exception they throw.</summary>
/// <param name="Status">The status of the answer.</param>
/// <param name="Message">What is wrong, without content of the request.</param>
/// <param name="Param">The place in the request; null if there is none.</param>
/// <param name="Code">A word for programs; null if there is none.</param>
internal sealed record OpenAiError(int Status, string Message, string? Param = null, string? Code = null)
{
    public const string UnsupportedParameter = "unsupported_parameter";
    public const string UnsupportedValue = "unsupported_value";

    private string Type => Status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= StatusCodes.Status500InternalServerError => "server_error",
        _ => "invalid_request_error",
    };

    public static OpenAiError Invalid(string? param, string message, string? code = null) =>
        new(StatusCodes.Status400BadRequest, message, string.IsNullOrEmpty(param) ? null : param, code);

    /// <summary>The error for a route, a model or a response that does not exist.</summary>
    public static OpenAiError NotFound(string message, string? param = null, string? code = null) =>
        new(StatusCodes.Status404NotFound, message, param, code);

    /// <summary>The error for a generation that has no whole text.</summary>
    public static OpenAiError From(StreamEnd end) => end.Status is StreamStatus.Failed
        ? new(StatusCodes.Status500InternalServerError, $"{end.Title} {end.Detail}", Code: ProblemTypes.GetName(end.Reason))
        : new(StatusCodes.Status500InternalServerError, "The generation was stopped before the text was whole.", Code: "stopped");

    public static OpenAiError From(ProblemDetails problem)
    {
        var status = problem.Status ?? StatusCodes.Status500InternalServerError;
        var param = problem is HttpValidationProblemDetails { Errors: { Count: > 0 } errors } ? errors.Keys.First() : null;
        var code = status is StatusCodes.Status401Unauthorized ? "invalid_api_key" : problem.Type is { } type and not ProblemTypes.InvalidInput ? ProblemTypes.GetName(type) : null;
        return new(status, problem.Detail ?? problem.Title ?? ReasonPhrases.GetReasonPhrase(status), string.IsNullOrEmpty(param) ? null : param, code);
    }

    /// <summary>The object that the SDKs look for.</summary>
    public object ToBody() => new { error = new { message = Message, type = Type, param = Param, code = Code } };

    public ObjectResult ToResult() => new(ToBody()) { StatusCode = Status, ContentTypes = { "application/json" } };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Status} {Code}");
}
