using System.Net;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Access;

/// <summary>A shared stream has no owner: every subject may read it, and none may stop it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SharedStreamTests
{
    private readonly RunningServer _server = RunningServer.Start(Tokens.Settings, [new Endless()]);

    [TearDown]
    public async Task Stop() => await _server.DisposeAsync();

    [Test]
    public async Task SharedStream_IsReadByEverySubject_AndStoppedByNone()
    {
        var (alice, bob) = (Tokens.Of("alice"), Tokens.Of("bob"));
        await using var first = await SseViewer.OpenAsync(_server, Ask.Get("/sse?source=endless").As(alice));
        var streamId = Ask.IdOf(await first.ExpectAsync()).StreamId;

        await using var second = await SseViewer.OpenAsync(_server, Ask.Get("/sse?source=endless").As(bob));
        Assert.That(Ask.IdOf(await second.ExpectAsync()).StreamId, Is.EqualTo(streamId));
        using var state = await _server.Client.SendAsync(Ask.Get($"/streams/{streamId}").As(Tokens.Of("carol")));
        Assert.That(state.StatusCode, Is.EqualTo(HttpStatusCode.OK));

        foreach (var subject in new[] { alice, bob })
        {
            using var stop = await _server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/streams/{streamId}").As(subject));
            using var grant = await _server.Client.SendAsync(Ask.Post($"/streams/{streamId}/grants", "{}").As(subject));
            foreach (var refused in new[] { stop, grant })
            {
                Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
                Assert.That((await Problem.OfAsync(refused)).GetProperty("type").GetString(), Is.EqualTo("urn:problem-type:sse-streaming:forbidden"));
                Assert.That(refused.Headers.WwwAuthenticate.ToString(), Is.EqualTo("Bearer error=\"insufficient_scope\""));
            }
        }
        using var still = await _server.Client.SendAsync(Ask.Get($"/streams/{streamId}").As(alice));
        Assert.That((await still.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString(), Is.EqualTo("running"));
    }

    [Test]
    public async Task IdempotencyKey_OfASharedStream_AppliesToItsSubjectOnly()
    {
        using var alices = await _server.Client.SendAsync(Ask.Post("/streams", """{"source":"endless","onDisconnect":"continue"}""").With("Idempotency-Key", "k").As(Tokens.Of("alice")));
        // With alice's key, bob would be refused because of her other request.
        using var bobs = await _server.Client.SendAsync(Ask.Post("/streams", """{"source":"lorem","words":1}""").With("Idempotency-Key", "k").As(Tokens.Of("bob")));
        Assert.That((alices.StatusCode, bobs.StatusCode), Is.EqualTo((HttpStatusCode.Created, HttpStatusCode.Created)));
    }

    private sealed class Endless : ITextGenerator
    {
        public SourceDescription Source { get; } = new("endless", "Produces no text and never ends.") { IsShared = true };

        public async IAsyncEnumerable<GeneratedText> GenerateAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            yield break;
        }
    }
}
