using FsCheck.Fluent;
using SseStreaming.Application.Generations;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Generations;

internal sealed class GenerationCheckpointTests
{
    [Test]
    public void Decode_OfWhatWasEncoded_IsTheSame()
    {
        var cases =
            from state in Gen.OneOf(Gen.Constant<string?>(null), Texts.Piece.Select(string? (text) => text), Gen.Constant<string?>(""))
            from held in Gen.OneOf(Texts.Piece, Gen.Constant(""), Gen.Constant("\ud83d"), Gen.Constant("\r"))
                // A state is text that UTF-8 can represent; held text need not be.
            select new GenerationCheckpoint(state is null ? null : string.Concat(state.Where(c => !char.IsSurrogate(c))), held);
        Always.Holds(cases, checkpoint =>
        {
            Assert.That(GenerationCheckpoint.TryDecode(checkpoint.Encode(), out var decoded), Is.True);
            Assert.That(decoded, Is.EqualTo(checkpoint));
        });
    }

    [TestCase(new byte[0])]
    [TestCase(new byte[] { 1, 0 })]
    [TestCase(new byte[] { 2, 0, 0 })]
    [TestCase(new byte[] { 1, 2, 0, 65, 0 })]
    public void Decode_OfOtherData_Fails(byte[] data) => Assert.That(GenerationCheckpoint.TryDecode(data, out _), Is.False);
}
