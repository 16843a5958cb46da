using System.Runtime.CompilerServices;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddTextStreams().AddTextSource("count", CountAsync);

var app = builder.Build();
app.MapTextStreams("/ai");
app.Run();

static async IAsyncEnumerable<string> CountAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
{
    for (var number = 1; number <= 100; number++)
    {
        await Task.Delay(100, cancellationToken);
        yield return $"{number} ";
    }
}
