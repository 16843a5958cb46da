using System.Diagnostics.CodeAnalysis;
using NUnit.Framework;

namespace SseStreaming.Testing;

/// <summary>Software that a test requires on its machine.</summary>
public static class TestRequirements
{
    private static bool IsContinuousIntegration => Environment.GetEnvironmentVariable("CI") == "true";

    /// <summary>If the requirement is not met, the test is ignored with a reason; in CI (<c>CI=true</c>) it fails.</summary>
    public static void Require([DoesNotReturnIf(false)] bool isThere, string reason)
    {
        if (isThere)
            return;
        if (IsContinuousIntegration)
            Assert.Fail(reason);
        Assert.Ignore(reason);
    }
}
