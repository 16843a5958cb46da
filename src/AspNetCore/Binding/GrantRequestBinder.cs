using System.Text.Json;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.Extensions.Options;
using SseStreaming.AspNetCore.Controllers.Models;

namespace SseStreaming.AspNetCore.Binding;

/// <summary>Reads a <see cref="GrantRequest"/> from the JSON body. The body and its field are optional.</summary>
internal sealed class GrantRequestBinder(IOptions<TextStreamsOptions> options) : IModelBinder
{
    public const string ExpiresIn = "expiresIn";

    public async Task BindModelAsync(ModelBindingContext bindingContext)
    {
        var request = bindingContext.HttpContext.Request;
        var fields = new Fields(bindingContext.ModelState, options.Value);
        await JsonBody.ReadOptionalAsync(request, fields, bindingContext.HttpContext.RequestAborted);
        // Also with errors: the framework adds an error of its own to a parameter without a value.
        bindingContext.Result = ModelBindingResult.Success(new GrantRequest(fields.Lifetime));
    }

    private sealed class Fields(ModelStateDictionary state, TextStreamsOptions streams) : ModelStateFields(state)
    {
        public TimeSpan Lifetime { get; private set; } = streams.GrantLifetime;

        public override void AddJson(JsonElement body)
        {
            var maximum = (long)streams.MaxGrantLifetime.TotalSeconds;
            foreach (var property in body.EnumerateObject())
            {
                if (property.Name != ExpiresIn)
                    Reject("", $"The only field is '{ExpiresIn}'.");
                else if (property.Value.ValueKind is JsonValueKind.Number && property.Value.TryGetInt64(out var seconds) && seconds >= 1 && seconds <= maximum)
                    Lifetime = TimeSpan.FromSeconds(seconds);
                else if (property.Value.ValueKind is not JsonValueKind.Null)
                    Reject(ExpiresIn, $"'{ExpiresIn}' must be a whole number of seconds from 1 to {maximum}.");
            }
        }
    }
}
