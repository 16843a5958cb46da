using System.Text.Json;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Abuse;

/// <summary>No document name reaches a file outside the folder, or a file in the folder that is not a document.</summary>
internal sealed class DocumentPathTests
{
    private static readonly string[] InvalidNames =
    [
        "../secret.txt", "..\\secret.txt", "....//secret.txt", "..../secret.txt", "inner/../../secret.txt", "./../secret.txt", "inner/./../../secret.txt", "/../secret.txt", "//secret.txt",
        "{0}/secret.txt", "file://{0}/secret.txt", "{0}\\secret.txt", "\\\\localhost{0}\\secret.txt", "//localhost{0}/secret.txt", "~/secret.txt", "~root/secret.txt", "$HOME/secret.txt", "`cat secret.txt`",
        "%2e%2e/secret.txt", "%2e%2e%2fsecret.txt", "..%2fsecret.txt", "..%5csecret.txt", "%252e%252e%252fsecret.txt", "..%c0%afsecret.txt", "..%ef%bc%8fsecret.txt", "\u2024\u2024/secret.txt", "\uff0e\uff0e/secret.txt",
        "..\u2215secret.txt", "..\u2044secret.txt", "..\uff0fsecret.txt", "..\u29f5secret.txt", "../secret.txt\0", "plain.txt\0../secret.txt", "plain.txt/../../secret.txt", "..;/secret.txt", "../secret.txt;", "../secret.txt?", "../secret.txt#",
        "link.txt", "linked/secret.txt", "linked", "inner/../linked/secret.txt", ".hidden.txt", "inner/.hidden.txt", ".", "..", "...", "", "/", "inner", "inner/",
        "/etc/hostname", "/proc/self/environ", "/proc/self/cmdline", "/dev/zero", "/dev/random", "/dev/stdin", "CON", "NUL", "plain.txt:stream", "plain.txt::$DATA", "plain.txt.", "plain.txt ", " plain.txt", "plain.txt/",
        "../appsettings.json", "appsettings.json", "../../appsettings.json", "SseStreaming.Api.dll", "../SseStreaming.Api.dll", "plain.txt\n../secret.txt", "*.txt", "pl?in.txt", "plain.{{txt}}", "inner//plain.txt", "inner/plain.txt/../plain.txt",
    ];

    private static readonly DirectoryInfo Root = Directory.CreateTempSubdirectory("tricks-");

    private static RunningServer _server = null!;

    private static IEnumerable<string> AllInvalidNames => InvalidNames;

    [OneTimeSetUp]
    public static void Start()
    {
        var documents = Root.CreateSubdirectory("documents").FullName;
        Directory.CreateDirectory(Path.Combine(documents, "inner"));
        File.WriteAllText(Path.Combine(Root.FullName, "secret.txt"), Canary.Word);
        foreach (var name in new[] { "plain.txt", "inner/plain.txt" })
            File.WriteAllText(Path.Combine(documents, name), "A plain document.");
        foreach (var name in new[] { ".hidden.txt", "inner/.hidden.txt" })
            File.WriteAllText(Path.Combine(documents, name), Canary.Word);
        File.CreateSymbolicLink(Path.Combine(documents, "link.txt"), Path.Combine(Root.FullName, "secret.txt"));
        Directory.CreateSymbolicLink(Path.Combine(documents, "linked"), Root.FullName);
        _server = RunningServer.Start(new Dictionary<string, string> { ["Sources:Document:Folder"] = documents }, []);
    }

    [OneTimeTearDown]
    public static async Task Stop()
    {
        await _server.DisposeAsync();
        Root.Delete(recursive: true);
    }

    [TestCaseSource(nameof(AllInvalidNames))]
    public async Task InvalidName_Is400_AndReturnsNoContent(string invalidName)
    {
        var name = invalidName.Replace("{0}", Root.FullName, StringComparison.Ordinal);
        foreach (var request in new[]
        {
            // Escaped once, escaped twice, and in JSON, which needs no URL escaping.
            Ask.Get($"/sse?source=document&pace=0&file={Uri.EscapeDataString(name)}"),
            Ask.Get($"/sse?source=document&pace=0&file={Uri.EscapeDataString(Uri.EscapeDataString(name))}%2f"),
            Ask.Post("/sse", JsonSerializer.Serialize(new { source = "document", pace = 0, file = name })),
            Ask.Post("/streams", JsonSerializer.Serialize(new { source = "document", pace = 0, file = name })),
        })
        {
            using var response = await _server.Client.SendAsync(request).WaitAsync(Eventually.Limit);
            var body = await response.Content.ReadAsStringAsync();
            Assert.That((int)response.StatusCode, Is.EqualTo(400), body);
            Assert.That(body, Does.Not.Contain(Canary.Word).And.Not.Contain(Root.Name));
        }
    }

    [TestCase("plain.txt")]
    [TestCase("inner/plain.txt")]
    public async Task DocumentInTheFolder_IsStreamed(string name)
    {
        await using var viewer = await SseViewer.OpenAsync(_server, $"/sse?source=document&pace=0&file={Uri.EscapeDataString(name)}");

        Assert.That(Ask.TextOf(await viewer.ReadToEndAsync()), Is.EqualTo("A plain document."));
    }
}
