using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework.Internal;

namespace SseStreaming.UnitTests.Testing;

/// <summary>Checks a property for many random cases. A failure reports the smallest case found, and the seed.</summary>
internal static class Always
{
    public static void Holds<T>(Gen<T> cases, Action<T> check, int tests = 200) =>
        Run(Arb.From(cases), check, tests);

    /// <summary>A failing list is shortened, element by element, while it fails.</summary>
    public static void HoldsForLists<T>(Gen<T[]> cases, Action<T[]> check, int tests = 200) =>
        Run(Arb.From(cases, Shorter), check, tests);

    private static void Run<T>(Arbitrary<T> cases, Action<T> check, int tests) =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(tests).WithQuietOnSuccess(true),
            Prop.ForAll(cases, value =>
            {
                // Only the smallest failure is reported.
                using var isolated = new TestExecutionContext.IsolatedContext();
                check(value);
            }));

    private static IEnumerable<T[]> Shorter<T>(T[] list)
    {
        if (list.Length > 3)
        {
            yield return list[..(list.Length / 2)];
            yield return list[(list.Length / 2)..];
        }
        for (var i = 0; i < list.Length; i++)
            yield return [.. list[..i], .. list[(i + 1)..]];
    }
}
