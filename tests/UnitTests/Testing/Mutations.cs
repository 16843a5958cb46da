using FsCheck;
using FsCheck.Fluent;

namespace SseStreaming.UnitTests.Testing;

/// <summary>A valid text with some characters changed, added or removed.</summary>
internal static class Mutations
{
    private static readonly string[] Inserts =
        ["", "\0", " ", "\t", "\n", "=", "+", "-", "_", "/", ".", "..", "0", "00", "1", "9", "A", "B", "Q", "z", ",", "é", "٣", "０", "\uD800", "😀"];

    public static Gen<string> From(Gen<string> valid) => Mutate(Mutate(valid)).Or(Mutate(valid));

    private static Gen<string> Mutate(Gen<string> texts) =>
        from text in texts
        from at in Gen.Choose(0, text.Length).Or(Gen.Constant(text.Length))
        from removed in Gen.Choose(0, Math.Min(2, text.Length - at))
        from insert in Gen.Elements(Inserts)
        select text[..at] + insert + text[(at + removed)..];
}
