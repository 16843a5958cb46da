using System.Text.Json;

namespace SseStreaming.IntegrationTests.Testing;

/// <summary>Problem details (RFC 9457) of a response.</summary>
internal static class Problem
{
    /// <summary>Reads the problem details; the test fails if the response is anything else.</summary>
    public static async Task<JsonElement> OfAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"), body);
        var problem = JsonDocument.Parse(body).RootElement;
        Assert.That(problem.GetProperty("status").GetInt32(), Is.EqualTo((int)response.StatusCode), body);
        Assert.That(problem.GetProperty("title").GetString(), Is.Not.Empty, body);
        return problem;
    }

    /// <summary>The fields or headers that a problem names.</summary>
    public static IEnumerable<string> FieldsOf(JsonElement problem) =>
        problem.TryGetProperty("errors", out var errors) ? errors.EnumerateObject().Select(error => error.Name) : [];
}
