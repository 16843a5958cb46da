using System.Diagnostics.CodeAnalysis;
using NUnit.Framework;

namespace SseStreaming.Testing;

/// <summary>What a test needs from the machine that it runs on.</summary>
public static class TestRequirements
{
    private static bool IsContinuousIntegration => Environment.GetEnvironmentVariable("CI") == "true";

    /// <summary>Without it the test is ignored, with a reason; in CI (<c>CI=true</c>) it fails.</summary>
    public static void Require([DoesNotReturnIf(false)] bool isThere, string reason)
    {
        if (isThere)
            return;
        if (IsContinuousIntegration)
            Assert.Fail(reason);
        Assert.Ignore(reason);
    }
}
