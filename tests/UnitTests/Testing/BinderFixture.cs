using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Routing;

namespace SseStreaming.UnitTests.Testing;

/// <summary>A request for a model binder.</summary>
internal sealed class BinderFixture
{
    private readonly DefaultHttpContext _http = new();
    private readonly RouteData _route = new();

    public BinderFixture Get(string query)
    {
        _http.Request.Method = HttpMethods.Get;
        _http.Request.QueryString = new QueryString(query);
        return this;
    }

    public BinderFixture Post(string body, string? contentType = "application/json") => Post(Encoding.UTF8.GetBytes(body), contentType);

    public BinderFixture Post(byte[] body, string? contentType = "application/json")
    {
        _http.Request.Method = HttpMethods.Post;
        _http.Request.Body = new MemoryStream(body);
        _http.Request.ContentType = contentType;
        return this;
    }

    public BinderFixture Header(string name, string value)
    {
        _http.Request.Headers[name] = value;
        return this;
    }

    public BinderFixture Route(string name, string value)
    {
        _route.Values[name] = value;
        return this;
    }

    public async Task<Bound> ReadAsync(IModelBinder binder, string name = "request")
    {
        var context = new DefaultModelBindingContext
        {
            ActionContext = new ActionContext(_http, _route, new ActionDescriptor()),
            FieldName = name,
            ModelName = name,
            ModelState = new ModelStateDictionary(),
            ValidationState = [],
            ValueProvider = new RouteValueProvider(BindingSource.Path, _route.Values, CultureInfo.InvariantCulture),
        };
        await binder.BindModelAsync(context);
        return new Bound(context.Result, context.ModelState);
    }
}

/// <summary>The result of a model binder.</summary>
internal sealed record Bound(ModelBindingResult Result, ModelStateDictionary State)
{
    /// <summary>Validation errors keyed by field.</summary>
    public Dictionary<string, string> Errors => State
        .Where(entry => entry.Value!.Errors.Count > 0)
        .ToDictionary(entry => entry.Key, entry => string.Join(" ", entry.Value!.Errors.Select(error => error.ErrorMessage)));

    public T Value<T>()
    {
        Assert.That(Errors, Is.Empty);
        Assert.That(Result.IsModelSet, Is.True);
        return (T)Result.Model!;
    }
}
