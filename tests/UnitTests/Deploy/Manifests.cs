using k8s;
using k8s.Models;
using Microsoft.Extensions.Configuration;

namespace SseStreaming.UnitTests.Deploy;

/// <summary>The objects of deploy/kubernetes, and the settings that they give the server.</summary>
internal static class Manifests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "deploy", "kubernetes");

    /// <summary>All objects. A field that Kubernetes does not have is an exception.</summary>
    public static IReadOnlyList<object> Load() =>
    [
        .. Folders().SelectMany(FilesOf).SelectMany(path => KubernetesYaml.LoadAllFromString(File.ReadAllText(path), strict: true)),
    ];

    /// <summary>The only object of this type with this name.</summary>
    public static T Get<T>(string name = "sse-streaming")
        where T : IMetadata<V1ObjectMeta> => Load().OfType<T>().Single(item => item.Metadata.Name == name);

    public static IEnumerable<string> Folders() => Directory.EnumerateDirectories(Folder);

    /// <summary>The manifests of a folder.</summary>
    public static IEnumerable<string> FilesOf(string folder) =>
        Directory.EnumerateFiles(folder, "*.yaml").Where(path => Path.GetFileName(path) != Kustomization.FileName);

    /// <summary>The settings of the nodes without the secret ones; also those that are given as a comment.</summary>
    public static Dictionary<string, string?> Settings() => File.ReadAllLines(Path.Combine(Folder, "server", "settings.env"))
        .Select(line => line.TrimStart('#', ' ').Split('=', 2))
        .Where(setting => setting.Length == 2)
        .ToDictionary(setting => ToKey(setting[0]), string? (setting) => setting[1]);

    public static IConfiguration Configuration() => new ConfigurationBuilder().AddInMemoryCollection(Settings()).Build();

    /// <summary>The name of the setting that an environment variable sets.</summary>
    public static string ToKey(string variable) => variable.Replace("__", ":", StringComparison.Ordinal);
}
