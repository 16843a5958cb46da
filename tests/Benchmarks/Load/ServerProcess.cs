using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SseStreaming.Benchmarks.Load;

/// <summary>A server under load: a separate process on the first core; the client uses the other cores.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, long begun, IPEndPoint address)
    {
        _process = process;
        Begun = begun;
        Address = address;
    }

    /// <summary>When the process was started, as a time stamp of <see cref="Stopwatch"/>.</summary>
    public long Begun { get; }

    public IPEndPoint Address { get; }

    /// <summary>Processor time used so far.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>The number of open sockets. Other files are excluded, because loading assemblies opens and closes them.</summary>
    public int OpenSockets => Directory.GetFiles($"/proc/{_process.Id}/fd").Count(IsSocket);

    public static async Task<ServerProcess> StartAsync(IEnumerable<string> command, IReadOnlyDictionary<string, string> environment)
    {
        var port = FreePort();
        var text = port.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo("taskset") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-c", "0", .. command.Select(argument => argument.Replace("{port}", text, StringComparison.Ordinal))])
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var begun = Stopwatch.GetTimestamp();
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => { if (line.Data is not null) Console.Error.WriteLine(line.Data); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new ServerProcess(process, begun, new IPEndPoint(IPAddress.Loopback, port));
        await server.WaitUntilListeningAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static bool IsSocket(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) is true;
        }
        // The descriptor was closed after it was listed.
        catch (IOException)
        {
            return false;
        }
    }

    private async Task WaitUntilListeningAsync()
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(Address);
                return;
            }
            catch (SocketException) when (!_process.HasExited && Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(30))
            {
                await Task.Delay(2);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
