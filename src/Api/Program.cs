using SseStreaming.Api.Hosting;
using SseStreaming.Api.Observability;

try
{
    var builder = WebApplication.CreateSlimBuilder(args);
    RemovedSettings.Validate(builder.Configuration);
    builder.AddSerilog();
    builder.AddServer();
    builder.AddTelemetry();
    builder.Services.AddTextStreams();
    builder.Services.AddApi(builder.Configuration);

    var app = builder.Build();
    app.UseApi();
    await app.RunAsync();
    return 0;
}
catch (Exception exception) when (StartFailure.Describe(exception) is { } line)
{
    await Console.Error.WriteLineAsync(line);
    return 1;
}

/// <summary>Declared for tests, which start the server through it.</summary>
internal partial class Program;
