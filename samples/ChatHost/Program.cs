using ChatHost;
using Microsoft.Extensions.AI;
using SseStreaming.Infrastructure.Generators.Chat;

var builder = WebApplication.CreateBuilder(args);
// Any client of Microsoft.Extensions.AI, such as new OllamaApiClient("http://localhost:11434", "llama3.2").
builder.Services.AddSingleton<IChatClient, ScriptedChatClient>();
builder.Services.AddTextStreams().AddChatSource("chat", services => services.GetRequiredService<IChatClient>());

var app = builder.Build();
app.UseDefaultFiles();
app.UseStaticFiles();
app.MapTextStreams("/ai");
app.Run();
