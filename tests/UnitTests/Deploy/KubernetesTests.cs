using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using k8s.Models;
using Microsoft.Extensions.Configuration;
using Npgsql;
using SseStreaming.Api.Auth;
using SseStreaming.AspNetCore.Hosting;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Application;
using SseStreaming.Infrastructure.Generators;

namespace SseStreaming.UnitTests.Deploy;

/// <summary>The manifests of deploy/kubernetes agree with Kubernetes, with the server, and with each other.</summary>
internal sealed partial class KubernetesTests
{
    /// <summary>The part of the host's time-out that is not the drain (docs/operations.md).</summary>
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(10);

    private static readonly V1PodSpec Pod = Manifests.Get<V1Deployment>().Spec.Template.Spec;

    private static readonly V1Container Server = Pod.Containers.Single();

    [Test]
    public void EveryManifest_HasOnlyFieldsOfKubernetes() => Assert.That(Manifests.Load(), Has.Count.EqualTo(8).And.All.Not.Null);

    [Test]
    public void EveryKustomization_ListsTheManifestsOfItsFolder()
    {
        foreach (var folder in Manifests.Folders())
        {
            var files = Kustomization.Read(folder).Resources.Where(resource => !resource.StartsWith("..", StringComparison.Ordinal));
            Assert.That(files, Is.EquivalentTo(Manifests.FilesOf(folder).Select(Path.GetFileName)), folder);
        }
    }

    [Test]
    public void EverySetting_IsDocumented()
    {
        var settings = Manifests.Settings().Keys
            .Concat(Server.Env.Select(variable => Manifests.ToKey(variable.Name)))
            .Concat(Trial().ConfigMapGenerator.Single().ToValues().Keys.Select(Manifests.ToKey))
            .Select(setting => Index().Replace(setting, "")).Distinct().ToList();

        Assert.That(settings, Has.Count.GreaterThan(5).And.SubsetOf(ConfigurationPageTests.Documented()));
    }

    [Test]
    public void EverySetting_HasAValidValue()
    {
        var sections = from assembly in new[] { typeof(StreamsOptions).Assembly, typeof(GeneratorSetup).Assembly, typeof(SseOptions).Assembly, typeof(Program).Assembly }
                       from type in assembly.GetTypes()
                       where !type.IsAbstract && !typeof(INamedSourceOptions).IsAssignableFrom(type)
                       let section = type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string
                       where section is not null
                       select Manifests.Configuration().GetSection(section).Get(type);
        foreach (var options in sections.OfType<object>())
            Assert.DoesNotThrow(() => Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true));

        var auth = Bind<AuthOptions>(AuthOptions.Section);
        auth.GrantKeyFile = null;
        Assert.That(auth.IsRequired, Is.True);
        Assert.That(new AuthOptionsValidator().Validate(null, auth).Failures, Is.Null);
    }

    [Test]
    public void GracePeriod_ExceedsDrain()
    {
        var preStop = Server.Lifecycle.PreStop.Sleep.Seconds;

        Assert.That(Pod.TerminationGracePeriodSeconds - preStop, Is.GreaterThan((Bind<StreamsOptions>(StreamsOptions.Section).DrainTime + StopTime).TotalSeconds));
    }

    [Test]
    public void Probes_AskTheServersRoutes_AndOutlastAnOutageOfTheDatabase()
    {
        var routes = File.ReadAllText(Path.Combine(Repository.Root, "src", "Api", "Hosting", "ApiSetup.cs"));
        var patience = Bind<StreamsOptions>(StreamsOptions.Section).StorePatience.TotalSeconds;

        Assert.That(Server.LivenessProbe.HttpGet.Path, Is.EqualTo("/health/live").And.EqualTo(Server.StartupProbe.HttpGet.Path));
        Assert.That(Server.ReadinessProbe.HttpGet.Path, Is.EqualTo("/health/ready"));
        foreach (var probe in new[] { Server.LivenessProbe, Server.StartupProbe, Server.ReadinessProbe })
        {
            Assert.That(routes, Does.Contain($"MapHealthChecks(\"{probe.HttpGet.Path}\""));
            Assert.That(probe.HttpGet.Port.Value, Is.EqualTo(Server.Ports.Single().Name));
        }
        Assert.That(Server.StartupProbe.PeriodSeconds * Server.StartupProbe.FailureThreshold, Is.GreaterThan(patience));
        Assert.That(Server.ReadinessProbe.PeriodSeconds * Server.ReadinessProbe.FailureThreshold, Is.GreaterThanOrEqualTo(patience));
    }

    [Test]
    public void Ports_LeadToTheServer()
    {
        var port = Server.Ports.Single();
        var service = Manifests.Get<V1Service>();
        var backend = Manifests.Get<V1Ingress>().Spec.Rules.Single().Http.Paths.Single().Backend.Service;

        Assert.That(File.ReadAllText(Path.Combine(Repository.Root, "deploy", "Dockerfile")),
            Does.Contain($"EXPOSE {port.ContainerPort}\n").And.Contain($"ASPNETCORE_URLS=http://+:{port.ContainerPort} "));
        Assert.That(service.Spec.Ports.Single().TargetPort.Value, Is.EqualTo(port.Name));
        Assert.That((backend.Name, backend.Port.Name), Is.EqualTo((service.Metadata.Name, service.Spec.Ports.Single().Name)));
        Assert.That(Manifests.Get<V1NetworkPolicy>().Spec.Ingress.Single().Ports.Single().Port.Value, Is.EqualTo(port.Name));
    }

    [Test]
    public void Selectors_FindThePods()
    {
        foreach (var (name, pods) in new[]
        {
            ("sse-streaming", Manifests.Get<V1Deployment>().Spec.Template),
            ("postgres", Manifests.Get<V1StatefulSet>("postgres").Spec.Template),
        })
        {
            Assert.That(Manifests.Get<V1Service>(name).Spec.Selector, Is.EquivalentTo(pods.Metadata.Labels));
            Assert.That(Manifests.Get<V1NetworkPolicy>(name).Spec.PodSelector.MatchLabels, Is.EquivalentTo(pods.Metadata.Labels));
        }
        var server = Manifests.Get<V1Deployment>();
        var clients = Manifests.Get<V1NetworkPolicy>("postgres").Spec.Ingress.Single().FromProperty.Single().PodSelector;
        foreach (var selector in new[] { server.Spec.Selector, Manifests.Get<V1PodDisruptionBudget>().Spec.Selector, clients })
            Assert.That(selector.MatchLabels, Is.EquivalentTo(server.Spec.Template.Metadata.Labels));
    }

    [Test]
    public void Ingress_HasTheServersNameAndLimits()
    {
        var ingress = Manifests.Get<V1Ingress>();
        var host = ingress.Spec.Rules.Single().Host;

        Assert.That(Manifests.Settings()["AllowedHosts"], Is.EqualTo(host));
        Assert.That(ingress.Spec.Tls.Single().Hosts, Is.EqualTo(new[] { host }));
        Assert.That(NumberOf(ingress, "proxy-read-timeout", "s"), Is.GreaterThan(Bind<SseOptions>(SseOptions.Section).Heartbeat.TotalSeconds));
        Assert.That(NumberOf(ingress, "client-max-body-size", "k") * 1024, Is.EqualTo(Bind<BodyLimit>(BodyLimit.Section).BodyBytes));
    }

    [Test]
    public void Secrets_AreWhereTheServerReadsThem()
    {
        var mount = Server.VolumeMounts.Single();
        var file = Pod.Volumes.Single(volume => volume.Name == mount.Name).Secret.Items.Single();
        var secret = Trial().SecretGenerator.Single();

        Assert.That(Bind<AuthOptions>(AuthOptions.Section).GrantKeyFile, Is.EqualTo($"{mount.MountPath}/{file.Path}"));
        var used = Server.Env.Concat(Manifests.Get<V1StatefulSet>("postgres").Spec.Template.Spec.Containers.Single().Env)
            .Where(variable => variable.ValueFrom is not null).Select(variable => variable.ValueFrom.SecretKeyRef.Key).Append(file.Key);
        Assert.That(secret.ToValues().Keys, Is.EquivalentTo(used));
        Assert.That(secret.Name, Is.EqualTo(Server.Env.Single().ValueFrom.SecretKeyRef.Name));
    }

    [Test]
    public void Trial_ConnectsToItsDatabase()
    {
        var secret = Trial().SecretGenerator.Single().ToValues();
        var connection = new NpgsqlConnectionStringBuilder(secret["connection-string"]);
        var database = Manifests.Get<V1StatefulSet>("postgres").Spec.Template.Spec.Containers.Single();

        Assert.That(connection.Host, Is.EqualTo(Manifests.Get<V1Service>("postgres").Metadata.Name));
        Assert.That(connection.Port, Is.EqualTo(database.Ports.Single().ContainerPort));
        Assert.That(connection.Database, Is.EqualTo(database.Env.Single(variable => variable.Name == "POSTGRES_DB").Value));
        Assert.That(connection.Username, Is.EqualTo(database.Env.Single(variable => variable.Name == "POSTGRES_USER").Value));
        Assert.That(connection.Password, Is.EqualTo(secret["postgres-password"]));
        Assert.That(File.ReadAllText(Path.Combine(Repository.Root, "deploy", "compose.yaml")), Does.Contain($"image: {database.Image}\n"), "one version everywhere");
    }

    private static Kustomization Trial() => Kustomization.Read(Manifests.Folders().Single(folder => Path.GetFileName(folder) == "trial"));

    /// <summary>The options with the settings of the manifests.</summary>
    private static T Bind<T>(string section)
        where T : new() => Manifests.Configuration().GetSection(section).Get<T>() ?? new T();

    private static int NumberOf(V1Ingress ingress, string annotation, string unit) =>
        int.Parse(ingress.Metadata.Annotations[$"nginx.org/{annotation}"].Split(unit)[0], CultureInfo.InvariantCulture);

    [GeneratedRegex(@":\d+$")]
    private static partial Regex Index();
}
