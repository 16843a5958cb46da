using Microsoft.Playwright;

namespace SseStreaming.BrowserTests.Testing;

/// <summary>The installed Chromium, Debian's by default; none is downloaded.</summary>
internal static class Chromium
{
    private const string Variable = "CHROMIUM";
    private const string Debian = "/usr/bin/chromium";

    private static string Program => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? given : Debian;

    public static void Require() => TestRequirements.Require(
        File.Exists(Program), $"Chromium is not installed: there is no {Program}. {Variable} can name another executable.");

    public static Task<IBrowser> LaunchAsync(IPlaywright playwright) => playwright.Chromium.LaunchAsync(new()
    {
        ExecutablePath = Program,
        Args =
        [
            // Chromium's sandbox does not run as root.
            .. Environment.IsPrivilegedProcess ? ["--no-sandbox"] : Array.Empty<string>(),
            "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
        ],
    });
}
