using SseStreaming.Api.Auth;

namespace SseStreaming.UnitTests.Api.Auth;

internal sealed class AuthOptionsValidatorTests
{
    private const string Key = "0123456789abcdef0123456789abcdef";

    private static AuthOptions Local => new() { Required = true, SigningKey = Key, Issuer = "issuer", Audience = "audience" };

    private static AuthOptions Remote => new() { Required = true, Authority = "https://id.example", Audience = "audience" };

    [Test]
    public void CompleteSettings_AreAccepted()
    {
        Assert.That(ErrorsOf(new AuthOptions()), Is.Empty);
        Assert.That(ErrorsOf(new AuthOptions { Required = false, Authority = "https://id.example" }), Is.Empty, "explicitly off");
        Assert.That(ErrorsOf(Local), Is.Empty);
        Assert.That(ErrorsOf(Remote), Is.Empty);
        Assert.That(ErrorsOf(Change(Remote, auth => auth.GrantKey = Key)), Is.Empty);
        foreach (var authority in new[] { "http://localhost:8080/realms/a", "http://127.0.0.1", "http://[::1]:5000" })
            Assert.That(ErrorsOf(Change(Remote, auth => auth.Authority = authority)), Is.Empty, authority);
    }

    [Test]
    public void MissingSetting_IsNamed()
    {
        Assert.That(ErrorsOf(new AuthOptions { Authority = "https://id.example" }).Single(), Does.StartWith("Auth:Required must be true or false"));
        Assert.That(ErrorsOf(new AuthOptions { SigningKeyFile = "/key" }).Single(), Does.StartWith("Auth:Required must be true or false"));
        Assert.That(ErrorsOf(new AuthOptions { Required = true, Audience = "a" }).Single(), Does.StartWith("Auth:Required is true, but neither Auth:Authority nor"));
        Assert.That(ErrorsOf(Change(Local, auth => auth.Issuer = " ")).Single(), Does.StartWith("Auth:Issuer is missing"));
        Assert.That(ErrorsOf(Change(Local, auth => auth.Audience = null)).Single(), Does.StartWith("Auth:Audience is missing"));
        Assert.That(ErrorsOf(Change(Remote, auth => auth.Audience = "")).Single(), Does.StartWith("Auth:Audience is missing"));
    }

    [Test]
    public void Contradiction_IsNamed()
    {
        Assert.That(ErrorsOf(Change(Local, auth => auth.Authority = "https://id.example")), Has.Some.StartsWith("Auth:Authority is set together with a local key"));
        Assert.That(ErrorsOf(Change(Remote, auth => auth.Issuer = "issuer")).Single(), Does.StartWith("Auth:Issuer is only for a local key"));
        Assert.That(ErrorsOf(Change(Local, auth => auth.SigningKeyFile = "/key")).Single(), Does.StartWith("Auth:SigningKeyFile is set together with SigningKey"));
        Assert.That(ErrorsOf(Change(Local, auth => auth.GrantLifetime = TimeSpan.FromDays(8))).Single(), Does.StartWith("Auth:GrantLifetime is longer"));
    }

    [TestCase("id.example")]
    [TestCase("ftp://id.example")]
    [TestCase("http://id.example")]
    [TestCase("http://10.0.0.1")]
    [TestCase("https://user:password@id.example")]
    [TestCase("https://id.example/?a=1")]
    public void UnsafeAuthority_IsRefused(string authority) =>
        Assert.That(ErrorsOf(Change(Remote, auth => auth.Authority = authority)).Single(), Does.StartWith("Auth:Authority must").And.Not.Contains("password"));

    [Test]
    public void ShortKey_IsRefused_AndNotRepeated()
    {
        foreach (var setting in new[] { "SigningKey", "GrantKey" })
        {
            var auth = Local;
            typeof(AuthOptions).GetProperty(setting)!.SetValue(auth, "short-and-secret");
            Assert.That(ErrorsOf(auth).Single(), Is.EqualTo($"Auth:{setting} is too short: it has 16 bytes, and needs at least 32."));
        }
    }

    [Test]
    public void KeyFile_IsReadWithoutItsLastLineBreak()
    {
        var file = Path.GetTempFileName();
        try
        {
            var auth = Change(Local, auth => (auth.SigningKey, auth.SigningKeyFile) = (null, file));
            File.WriteAllText(file, Key + "\r\n");
            Assert.That(ErrorsOf(auth), Is.Empty);
            Assert.That(auth.ReadSigningKey(), Is.EqualTo(System.Text.Encoding.UTF8.GetBytes(Key)));
            File.WriteAllText(file, "\n");
            Assert.That(ErrorsOf(auth).Single(), Is.EqualTo("Auth:SigningKeyFile names an empty file."));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Test]
    public void MissingKeyFile_IsNamed() =>
        Assert.That(ErrorsOf(Change(Remote, auth => auth.GrantKeyFile = "/nowhere/key")).Single(), Is.EqualTo("Auth:GrantKeyFile names a file that can't be read."));

    private static IEnumerable<string> ErrorsOf(AuthOptions auth) => new AuthOptionsValidator().Validate(null, auth).Failures ?? [];

    private static AuthOptions Change(AuthOptions auth, Action<AuthOptions> change)
    {
        change(auth);
        return auth;
    }
}
