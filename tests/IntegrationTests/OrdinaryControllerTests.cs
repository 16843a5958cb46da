using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>A controller that uses only ASP.NET Core works as the framework's documentation says.</summary>
internal sealed class OrdinaryControllerTests
{
    private static RunningServer _server = null!;

    [OneTimeSetUp]
    public static void Start() =>
        _server = RunningServer.Start([], [], services => services.AddControllers().AddApplicationPart(typeof(OrdinaryController).Assembly));

    [OneTimeTearDown]
    public static async Task Stop() => await _server.DisposeAsync();

    [Test]
    public async Task RouteAndQuery_AreBound() =>
        Assert.That(await _server.Client.GetStringAsync(new Uri("/ordinary/7?text=a%20b", UriKind.Relative)), Is.EqualTo("7 a b"));

    [TestCase("/ordinary/seven?text=a", "number", "The value 'seven' is not valid.")]
    [TestCase("/ordinary/7", "text", "The text field is required.")]
    public async Task RouteAndQuery_ThatAreNotValid_AreAValidationProblem(string path, string field, string message)
    {
        using var response = await _server.Client.GetAsync(new Uri(path, UriKind.Relative));

        await ExpectValidationProblemAsync(response, (field, message));
    }

    [Test]
    public async Task Body_IsBound()
    {
        using var response = await _server.Client.PostAsJsonAsync("/ordinary", new { name = "pens", count = 3 });

        Assert.That(await response.Content.ReadFromJsonAsync<OrdinaryItem>(), Is.EqualTo(new OrdinaryItem("pens", 3)));
    }

    [Test]
    public async Task Body_ThatIsNotValid_IsAValidationProblem()
    {
        using var response = await _server.Client.PostAsJsonAsync("/ordinary", new { name = "pencils", count = 10 });

        await ExpectValidationProblemAsync(response,
            ("Name", "The field Name must be a string with a maximum length of 5."), ("Count", "The field Count must be between 1 and 9."));
    }

    [Test]
    public async Task Body_ThatIsMissing_IsAValidationProblem()
    {
        using var response = await _server.Client.SendAsync(Ask.Post("/ordinary", []));

        await ExpectValidationProblemAsync(response, ("", "A non-empty request body is required."), ("item", "The item field is required."));
    }

    [Test]
    public async Task Body_ThatIsNotJson_Is415()
    {
        using var response = await _server.Client.SendAsync(Ask.Post("/ordinary", "pens"u8.ToArray(), "text/plain"));

        await ExpectProblemAsync(response, HttpStatusCode.UnsupportedMediaType, "Unsupported Media Type");
    }

    [Test]
    public async Task Body_ThatIsTooLarge_Is413()
    {
        using var response = await _server.Client.PostAsJsonAsync("/ordinary", new { name = new string('x', 1_000_000), count = 1 });

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
    }

    [Test]
    public async Task Form_IsBound()
    {
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("text", "a b")]);

        using var response = await _server.Client.PostAsync(new Uri("/ordinary/form", UriKind.Relative), form);

        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("a b"));
    }

    [Test]
    public async Task ResultWithoutABody_IsAProblem()
    {
        using var response = await _server.Client.GetAsync(new Uri("/ordinary/0?text=a", UriKind.Relative));

        await ExpectProblemAsync(response, HttpStatusCode.NotFound, "Not Found");
    }

    [Test]
    public async Task Description_HasItsParametersAsTheFrameworkGeneratesThem()
    {
        var document = await _server.Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json");

        var parameters = document.GetProperty("paths").GetProperty("/ordinary/{number}").GetProperty("get").GetProperty("parameters").EnumerateArray()
            .Select(parameter => (parameter.GetProperty("name").GetString(), parameter.GetProperty("in").GetString(), parameter.GetProperty("schema").GetProperty("type").GetString()));
        Assert.That(parameters, Is.EqualTo(new[] { ("number", "path", "integer"), ("text", "query", "string") }));
        Assert.That(document.GetProperty("components").GetProperty("schemas").TryGetProperty(nameof(OrdinaryItem), out _), Is.True);
    }

    private static async Task ExpectValidationProblemAsync(HttpResponseMessage response, params (string Field, string Message)[] errors)
    {
        var problem = await ExpectProblemAsync(response, HttpStatusCode.BadRequest, "One or more validation errors occurred.");
        Assert.That(
            problem.GetProperty("errors").EnumerateObject().Select(error => (error.Name, error.Value[0].GetString()!)), Is.EquivalentTo(errors));
    }

    /// <summary>Problem details with all fields that the framework's factory sets.</summary>
    private static async Task<JsonElement> ExpectProblemAsync(HttpResponseMessage response, HttpStatusCode status, string title)
    {
        Assert.That(response.StatusCode, Is.EqualTo(status));
        var problem = await Problem.OfAsync(response);
        Assert.That(problem.GetProperty("title").GetString(), Is.EqualTo(title));
        Assert.That(problem.GetProperty("type").GetString(), Does.StartWith("https://tools.ietf.org/html/rfc9110#"));
        Assert.That(problem.GetProperty("traceId").GetString(), Is.Not.Empty);
        return problem;
    }
}
