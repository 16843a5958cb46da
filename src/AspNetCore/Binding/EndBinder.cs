using System.Text.Json;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Binding;

/// <summary>Reads how a client ends its stream from the JSON body, which is optional; and the producer from headers.</summary>
internal sealed class EndBinder : IModelBinder
{
    public const string Status = "status";
    public const string Problem = "problem";
    public const string Title = "title";
    public const string Detail = "detail";

    private const string Completed = "completed";
    private const string Failed = "failed";

    private const int MaxTitleCharacters = 200;
    private const int MaxDetailCharacters = 2000;

    public async Task BindModelAsync(ModelBindingContext bindingContext)
    {
        var http = bindingContext.HttpContext;
        var fields = new Fields(bindingContext.ModelState);
        await JsonBody.ReadOptionalAsync(http.Request, fields, http.RequestAborted);
        // Also with errors: the framework adds an error of its own to a parameter without a value.
        var append = new ExternalAppend { End = fields.End, Producer = ProducerHeaders.Read(http.Request, fields.Reject) };
        bindingContext.SucceedUnvalidated(append);
    }

    private sealed class Fields(ModelStateDictionary state) : ModelStateFields(state)
    {
        public ExternalEnd End { get; private set; } = new();

        public override void AddJson(JsonElement body)
        {
            if (body.EnumerateObject().Any(property => property.Name is not (Status or Problem)))
                Reject("", $"The fields are '{Status}' and '{Problem}'.");
            var status = ReadString(body, Status);
            if (status is not (null or Completed or Failed))
                Reject(Status, $"'{Status}' must be '{Completed}' or '{Failed}'.");
            var problem = ReadProblem(body);
            if (problem is not null && status != Failed)
                Reject(Problem, $"Only a stream whose '{Status}' is '{Failed}' has a '{Problem}'.");
            if (status == Failed)
                End = new ExternalEnd(problem ?? new ExternalProblem(null, null));
        }

        private ExternalProblem? ReadProblem(JsonElement body)
        {
            if (!body.TryGetProperty(Problem, out var value) || value.ValueKind is JsonValueKind.Null)
                return null;
            if (value.ValueKind is not JsonValueKind.Object)
            {
                Reject(Problem, $"'{Problem}' must be an object with '{Title}' and '{Detail}'.");
                return null;
            }
            return new ExternalProblem(ReadShort(value, Title, MaxTitleCharacters), ReadShort(value, Detail, MaxDetailCharacters));
        }

        private string? ReadShort(JsonElement body, string name, int maximum)
        {
            var text = ReadString(body, name);
            if (text is null || text.Length <= maximum)
                return text;
            Reject(name, $"'{name}' is longer than {maximum} characters.");
            return null;
        }
    }
}
