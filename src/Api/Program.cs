using SseStreaming.Api.Hosting;
using SseStreaming.Api.Observability;
using SseStreaming.Application;
using SseStreaming.Infrastructure;

try
{
    var builder = WebApplication.CreateSlimBuilder(args);
    RemovedSettings.Validate(builder.Configuration);
    builder.AddSerilog();
    builder.AddServer();
    builder.AddTelemetry();
    // Hosted services start in this order and stop in reverse: the store must outlive the application.
    builder.Services.AddInfrastructure(builder.Configuration);
    builder.Services.AddApplication();
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
