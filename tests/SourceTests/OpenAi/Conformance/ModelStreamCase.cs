using System.Text.Json;

namespace SseStreaming.SourceTests.OpenAi.Conformance;

/// <summary>The exact bytes of one response of a model's server, and the expected stream.</summary>
internal sealed record ModelStreamCase(
    string Name, string? ContentType, string? Encoding, IReadOnlyList<JsonElement> Pieces, string End, ModelStreamExpectation Expect)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static IReadOnlyList<ModelStreamCase> ReadAll() =>
        [.. ((string[])["model-streams.json", "more-model-streams.json"]).SelectMany(Read)];

    /// <summary>The pieces in their order: bytes to send, or a pause.</summary>
    public IEnumerable<(byte[] Bytes, TimeSpan Pause)> ReadPieces() => Pieces.Select(piece => piece.ValueKind switch
    {
        JsonValueKind.Number => ((byte[])[], TimeSpan.FromSeconds(piece.GetDouble())),
        JsonValueKind.String => (System.Text.Encoding.UTF8.GetBytes(piece.GetString()!), TimeSpan.Zero),
        _ => (piece.GetProperty("b64").GetBytesFromBase64(), TimeSpan.Zero),
    });

    public override string ToString() => Name;

    private static List<ModelStreamCase> Read(string file)
    {
        var path = Path.Combine(TestContext.CurrentContext.TestDirectory, "OpenAi", "Conformance", file);
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.GetProperty("cases").Deserialize<List<ModelStreamCase>>(Json)!;
    }
}
