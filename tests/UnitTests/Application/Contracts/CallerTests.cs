using SseStreaming.Application.Contracts;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.UnitTests.Application.Contracts;

/// <summary>The access of each kind of caller to each kind of stream.</summary>
internal sealed class CallerTests
{
    private const string Client = "192.0.2.1";

    private static readonly StreamId Id = StreamId.New();

    private static readonly StreamHead Unowned = new(Id, "lorem", DateTimeOffset.UnixEpoch);
    private static readonly StreamHead OfAlice = Unowned with { Owner = "alice" };
    private static readonly StreamHead Shared = Unowned with { IsShared = true };

    private static readonly Caller Anonymous = new(Subject: null, Client);
    private static readonly Caller Alice = new("alice", Client);
    private static readonly Caller Bob = new("bob", Client);

    [Test]
    public void WithoutAuthentication_WhatBeganSo_IsEverybodys_AndWhatIsASubjectsIsNot()
    {
        Assert.That((Anonymous.Owns(Unowned), Anonymous.MayRead(Unowned)), Is.EqualTo((true, true)));
        Assert.That((Anonymous.Owns(Shared), Anonymous.MayRead(Shared)), Is.EqualTo((true, true)));
        Assert.That((Anonymous.Owns(OfAlice), Anonymous.MayRead(OfAlice)), Is.EqualTo((false, false)));
    }

    [Test]
    public void Subject_HasItsOwnAlone_AndReadsWhatIsShared()
    {
        Assert.That((Alice.Owns(OfAlice), Alice.MayRead(OfAlice)), Is.EqualTo((true, true)));
        Assert.That((Bob.Owns(OfAlice), Bob.MayRead(OfAlice)), Is.EqualTo((false, false)));
        Assert.That((Bob.Owns(Unowned), Bob.MayRead(Unowned)), Is.EqualTo((false, false)), "started before authentication was required");
        Assert.That((Bob.Owns(Shared), Bob.MayRead(Shared)), Is.EqualTo((false, true)));
    }

    [Test]
    public void Subjects_DifferInEveryCharacter()
    {
        Assert.That(new Caller("Alice", Client).MayRead(OfAlice), Is.False);
        Assert.That(new Caller("alice ", Client).MayRead(OfAlice), Is.False);
        Assert.That(new Caller("alicé", Client).MayRead(Unowned with { Owner = "alice\u0301" }), Is.False);
        Assert.That(new Caller("", Client).MayRead(Unowned), Is.False);
    }

    [Test]
    public void Grant_WithoutASubject_ReadsOnlyItsStream()
    {
        var guest = Anonymous with { GrantedStreamId = Id };
        var other = StreamId.New();
        Assert.That((guest.Owns(OfAlice), guest.MayRead(OfAlice)), Is.EqualTo((false, true)));
        foreach (var head in new[] { OfAlice, Unowned, Shared })
            Assert.That((guest.Owns(head with { Id = other }), guest.MayRead(head with { Id = other })), Is.EqualTo((false, false)));
        Assert.That(guest.Owns(Unowned), Is.False);
    }

    [Test]
    public void Grant_BesideASubject_AddsItsStreamToWhatTheSubjectMayRead()
    {
        var bob = Bob with { GrantedStreamId = Id };
        Assert.That((bob.Owns(OfAlice), bob.MayRead(OfAlice)), Is.EqualTo((false, true)));
        Assert.That(bob.MayRead(OfAlice with { Id = StreamId.New() }), Is.False);
        Assert.That(bob.Owns(Unowned with { Owner = "bob", Id = StreamId.New() }), Is.True);
    }
}
