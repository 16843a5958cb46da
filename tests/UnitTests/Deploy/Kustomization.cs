using k8s;

namespace SseStreaming.UnitTests.Deploy;

/// <summary>What these tests read of a <c>kustomization.yaml</c>.</summary>
internal sealed class Kustomization
{
    public const string FileName = "kustomization.yaml";

    public IList<string> Resources { get; set; } = [];

    public IList<Generator> ConfigMapGenerator { get; set; } = [];

    public IList<Generator> SecretGenerator { get; set; } = [];

    public static Kustomization Read(string folder) => KubernetesYaml.Deserialize<Kustomization>(File.ReadAllText(Path.Combine(folder, FileName)));

    internal sealed class Generator
    {
        public string Name { get; set; } = "";

        public IList<string> Literals { get; set; } = [];

        /// <summary>The literals by their keys.</summary>
        public Dictionary<string, string> ToValues() => Literals.Select(literal => literal.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
    }
}
