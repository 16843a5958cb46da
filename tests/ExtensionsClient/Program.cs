using System.ClientModel;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Responses;

// Streams an answer from each endpoint by Microsoft.Extensions.AI, and prints what an application sees: the text, or the exception.
var (call, model, key) = (args[0], args[1], new ApiKeyCredential("any key"));
Console.WriteLine(JsonSerializer.Serialize(await Task.WhenAll(args[2..].Select(endpoint => RunAsync(new Uri(endpoint)))), JsonSerializerOptions.Web));

async Task<object> RunAsync(Uri endpoint)
{
    using IChatClient client = call == "chat"
        ? new ChatClient(model, key, new OpenAIClientOptions { Endpoint = endpoint }).AsIChatClient()
        : new ResponsesClient(key, new ResponsesClientOptions { Endpoint = endpoint }).AsIChatClient(model);
    var text = new StringBuilder();
    string? error = null;
    try
    {
        await foreach (var update in client.GetStreamingResponseAsync("Hello"))
            text.Append(update.Text);
    }
#pragma warning disable CA1031 // Any exception tells the application that the text is not whole.
    catch (Exception exception)
    {
        error = $"{exception.GetType().Name}: {exception.Message}";
    }
#pragma warning restore CA1031
    return new { text = text.ToString(), error };
}
