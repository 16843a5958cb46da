using SseStreaming.Api.Auth;

namespace SseStreaming.UnitTests.Api.Auth;

internal sealed class AuthOptionsCheckTests
{
    private const string Key = "0123456789abcdef0123456789abcdef";

    private static AuthOptions Local => new() { Required = true, SigningKey = Key, Issuer = "issuer", Audience = "audience" };

    private static AuthOptions Remote => new() { Required = true, Authority = "https://id.example", Audience = "audience" };

    [Test]
    public void WhatIsComplete_IsAccepted()
    {
        Assert.That(FaultsOf(new AuthOptions()), Is.Empty);
        Assert.That(FaultsOf(new AuthOptions { Required = false, Authority = "https://id.example" }), Is.Empty, "said to be off");
        Assert.That(FaultsOf(Local), Is.Empty);
        Assert.That(FaultsOf(Remote), Is.Empty);
        Assert.That(FaultsOf(Change(Remote, auth => auth.GrantKey = Key)), Is.Empty);
        foreach (var authority in new[] { "http://localhost:8080/realms/a", "http://127.0.0.1", "http://[::1]:5000" })
            Assert.That(FaultsOf(Change(Remote, auth => auth.Authority = authority)), Is.Empty, authority);
    }

    [Test]
    public void WhatIsMissing_IsNamed()
    {
        Assert.That(FaultsOf(new AuthOptions { Authority = "https://id.example" }).Single(), Does.StartWith("Auth:Required must say true or false"));
        Assert.That(FaultsOf(new AuthOptions { SigningKeyFile = "/key" }).Single(), Does.StartWith("Auth:Required must say true or false"));
        Assert.That(FaultsOf(new AuthOptions { Required = true, Audience = "a" }).Single(), Does.StartWith("Auth:Required is true, but neither Auth:Authority nor"));
        Assert.That(FaultsOf(Change(Local, auth => auth.Issuer = " ")).Single(), Does.StartWith("Auth:Issuer is missing"));
        Assert.That(FaultsOf(Change(Local, auth => auth.Audience = null)).Single(), Does.StartWith("Auth:Audience is missing"));
        Assert.That(FaultsOf(Change(Remote, auth => auth.Audience = "")).Single(), Does.StartWith("Auth:Audience is missing"));
    }

    [Test]
    public void WhatDoesNotGoTogether_IsNamed()
    {
        Assert.That(FaultsOf(Change(Local, auth => auth.Authority = "https://id.example")), Has.Some.StartsWith("Auth:Authority is set, and a local key, too"));
        Assert.That(FaultsOf(Change(Remote, auth => auth.Issuer = "issuer")).Single(), Does.StartWith("Auth:Issuer goes with a local key"));
        Assert.That(FaultsOf(Change(Local, auth => auth.SigningKeyFile = "/key")).Single(), Does.StartWith("Auth:SigningKeyFile is set, and Auth:SigningKey, too"));
        Assert.That(FaultsOf(Change(Local, auth => auth.GrantLifetime = TimeSpan.FromDays(8))).Single(), Does.StartWith("Auth:GrantLifetime is longer"));
    }

    [TestCase("id.example")]
    [TestCase("ftp://id.example")]
    [TestCase("http://id.example")]
    [TestCase("http://10.0.0.1")]
    [TestCase("https://user:password@id.example")]
    [TestCase("https://id.example/?a=1")]
    public void AuthorityThatIsNotSafe_IsRefused(string authority) =>
        Assert.That(FaultsOf(Change(Remote, auth => auth.Authority = authority)).Single(), Does.StartWith("Auth:Authority must").And.Not.Contains("password"));

    [Test]
    public void KeyThatIsTooShort_IsRefused_AndNotRepeated()
    {
        foreach (var setting in new[] { "SigningKey", "GrantKey" })
        {
            var auth = Local;
            typeof(AuthOptions).GetProperty(setting)!.SetValue(auth, "short-and-secret");
            Assert.That(FaultsOf(auth).Single(), Is.EqualTo($"Auth:{setting} is too short: it has 16 bytes, and must have 32."));
        }
    }

    [Test]
    public void KeyFile_IsRead_WithoutTheLineItEndsWith()
    {
        var file = Path.GetTempFileName();
        try
        {
            var auth = Change(Local, auth => (auth.SigningKey, auth.SigningKeyFile) = (null, file));
            File.WriteAllText(file, Key + "\r\n");
            Assert.That(FaultsOf(auth), Is.Empty);
            Assert.That(auth.ReadSigningKey(), Is.EqualTo(System.Text.Encoding.UTF8.GetBytes(Key)));
            File.WriteAllText(file, "\n");
            Assert.That(FaultsOf(auth).Single(), Is.EqualTo("Auth:SigningKeyFile is too short: it has 0 bytes, and must have 32."));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Test]
    public void KeyFileThatIsNotThere_IsNamed() =>
        Assert.That(FaultsOf(Change(Remote, auth => auth.GrantKeyFile = "/nowhere/key")).Single(), Is.EqualTo("Auth:GrantKeyFile names a file that can't be read."));

    private static IEnumerable<string> FaultsOf(AuthOptions auth) => new AuthOptionsValidator().Validate(null, auth).Failures ?? [];

    private static AuthOptions Change(AuthOptions auth, Action<AuthOptions> change)
    {
        change(auth);
        return auth;
    }
}
