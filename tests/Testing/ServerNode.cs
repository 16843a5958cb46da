using System.Globalization;
using System.Net;
using NUnit.Framework;

namespace SseStreaming.Testing;

/// <summary>The server as a separate process that can be killed at any time and started again, with the same port and the same data.</summary>
/// <param name="arguments">Additional command-line arguments.</param>
public sealed class ServerNode(string name, string folder, IReadOnlyDictionary<string, string> settings, params string[] arguments) : IAsyncDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "SseStreaming.Api.dll");
    private static readonly HttpClient Http = new() { Timeout = Eventually.Limit };

    private readonly int _port = Ports.Free();
    private TestProcess? _process;

    public string Name => name;

    public string Authority => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port}");

    public Uri Address => new($"http://{Authority}");

    public int ProcessId => _process!.Id;

    /// <summary>The output of all its processes.</summary>
    public string LogFile => Path.Combine(folder, $"{name}.log");

    public bool HasExited => _process?.HasExited ?? true;

    /// <summary>Starts the process, and waits until it is ready.</summary>
    public async Task StartAsync()
    {
        await LaunchAsync();
        await Eventually.Happens(async () =>
        {
            Assert.That(HasExited, Is.False, () => $"{name} ended during its start; see its log.");
            return await ReadyAsync() is HttpStatusCode.OK;
        }, $"{name} became ready");
    }

    /// <summary>Starts the process, and does not wait.</summary>
    public async Task LaunchAsync()
    {
        await DisposeAsync();
        string[] all = [Program, "--urls", Address.ToString(), "--contentRoot", Path.Combine(Repository.Root, "src", "Api"), .. arguments];
        _process = new TestProcess("dotnet", all, settings, LogFile);
    }

    public Task KillAsync() => _process!.KillAsync();

    public Task<int> TerminateAsync(string signal = "TERM") => _process!.TerminateAsync(signal);

    public Task SuspendAsync() => _process!.SuspendAsync();

    public Task ResumeAsync() => _process!.ResumeAsync();

    /// <summary>The status of the node's readiness check; null if it does not answer.</summary>
    public async Task<HttpStatusCode?> ReadyAsync()
    {
        try
        {
            using var response = await Http.GetAsync(new Uri(Address, "/health/ready"));
            return response.StatusCode;
        }
        catch (Exception exception) when (ConnectionErrors.IsConnectionError(exception))
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is null)
            return;
        await _process.DisposeAsync();
        _process = null;
        if (ServerLogs.NewFile("node") is { } kept)
            File.Copy(LogFile, kept);
    }
}
