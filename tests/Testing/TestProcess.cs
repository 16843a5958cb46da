using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;

namespace SseStreaming.Testing;

/// <summary>A process that a test starts; its output is written to a file.</summary>
public sealed class TestProcess : IAsyncDisposable
{
    /// <summary>
    /// A process inherits the signals that its parent ignores, as a background job of a shell ignores SIGINT. GNU's <c>env</c> resets them and
    /// then becomes the program, under the same id.
    /// </summary>
    private static readonly Lazy<bool> CanResetSignals = new(() =>
    {
        if (!OperatingSystem.IsLinux())
            return false;
        using var env = Process.Start(new ProcessStartInfo("env", ["--default-signal=INT,QUIT", "true"]) { RedirectStandardError = true })!;
        env.WaitForExit();
        return env.ExitCode == 0;
    });

    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly Lock _gate = new();

    public TestProcess(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string logFile)
    {
        var (file, prefix) = CanResetSignals.Value ? ("env", (string[])["--default-signal=INT,QUIT", program]) : (program, []);
        var start = new ProcessStartInfo(file, [.. prefix, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _log = new StreamWriter(logFile, append: true) { AutoFlush = true };
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Write(line.Data);
        _process.ErrorDataReceived += (_, line) => Write(line.Data);
        _process.Start();
        Write($"--- process {_process.Id} started");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Ends the process immediately with SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Eventually.Limit);
        Write($"--- process {_process.Id} killed");
    }

    /// <summary>Sends the signal, waits until the process ends, and returns its exit code.</summary>
    public async Task<int> TerminateAsync(string signal = "TERM")
    {
        await SignalAsync(signal);
        await _process.WaitForExitAsync().WaitAsync(Eventually.Limit);
        Write($"--- process {_process.Id} ended with {_process.ExitCode}");
        return _process.ExitCode;
    }

    /// <summary>Waits until the process ends by itself, and returns its exit code.</summary>
    public async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Eventually.Limit * 5);
        return _process.ExitCode;
    }

    /// <summary>Suspends the process with SIGSTOP.</summary>
    public Task SuspendAsync() => SignalAsync("STOP");

    /// <summary>Resumes the process with SIGCONT.</summary>
    public Task ResumeAsync() => SignalAsync("CONT");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
        lock (_gate)
            _log.Dispose();
    }

    private async Task SignalAsync(string signal)
    {
        Write($"--- process {_process.Id} gets SIG{signal}");
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.That(kill.ExitCode, Is.Zero);
    }

    private void Write(string? line)
    {
        if (line is null)
            return;
        lock (_gate)
        {
            // The last line may arrive after the writer has been closed.
            if (_log.BaseStream is { CanWrite: true })
                _log.WriteLine(line);
        }
    }
}
