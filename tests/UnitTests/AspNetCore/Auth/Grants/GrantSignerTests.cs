using System.Buffers.Text;
using SseStreaming.Api.Auth;
using SseStreaming.AspNetCore;
using SseStreaming.AspNetCore.Auth.Grants;
using SseStreaming.Domain;
using MsOptions = Microsoft.Extensions.Options.Options;

namespace SseStreaming.UnitTests.AspNetCore.Auth.Grants;

internal sealed class GrantSignerTests
{
    private static readonly Grant Grant = new(StreamId.New(), DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));

    private readonly GrantSigner _signer = SignerOf("0123456789abcdef0123456789abcdef");

    [Test]
    public void Grant_IsRead_WithTheSameKey()
    {
        var text = _signer.Sign(Grant);

        Assert.That(text, Has.Length.EqualTo(GrantSigner.TextLength));
        Assert.That(_signer.Read(text), Is.EqualTo(Grant));
        Assert.That(SignerOf("0123456789abcdef0123456789abcdef").Read(text), Is.EqualTo(Grant));
    }

    [Test]
    public void Grant_IsNotReadWithAnotherKey_NorWithTheSameKeyForSomethingElse()
    {
        var text = _signer.Sign(Grant);

        Assert.That(SignerOf("0123456789abcdef0123456789abcdeg").Read(text), Is.Null);
        var bytes = Base64Url.DecodeFromChars(text);
        System.Security.Cryptography.HMACSHA256.HashData("0123456789abcdef0123456789abcdef"u8, bytes.AsSpan(..25)).CopyTo(bytes, 25);
        Assert.That(_signer.Read(Base64Url.EncodeToString(bytes)), Is.Null, "the key of tokens signs no grants");
    }

    [Test]
    public void Grant_WithAnyBitInverted_IsNotRead()
    {
        var bytes = Base64Url.DecodeFromChars(_signer.Sign(Grant));
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(_signer.Read(Base64Url.EncodeToString(bytes)), Is.Null, $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.That(_signer.Read(Base64Url.EncodeToString(bytes)), Is.EqualTo(Grant));
    }

    [Test]
    public void Grant_HasOneText()
    {
        var text = _signer.Sign(Grant);
        foreach (var other in new[] { "", text[..^1], text + "=", text + "A", " " + text, text + "\n", text.Insert(10, " "), text[..^1] + " ", text.Replace('-', '+').Replace('_', '/') + "=" })
            Assert.That(_signer.Read(other), Is.Null, other);
    }

    [Test]
    public void WithoutAKey_ThereAreNoGrants()
    {
        var without = new GrantSigner(MsOptions.Create(Options(new AuthOptions { Required = true, Authority = "https://id.example" })));
        Assert.That((without.CanSign, without.Read(_signer.Sign(Grant))), Is.EqualTo((false, (Grant?)null)));
        var off = new GrantSigner(MsOptions.Create(Options(new AuthOptions { GrantKey = "0123456789abcdef0123456789abcdef" })));
        Assert.That((off.CanSign, off.Read(_signer.Sign(Grant))), Is.EqualTo((false, (Grant?)null)));
    }

    private static TextStreamsOptions Options(AuthOptions auth)
    {
        var options = new TextStreamsOptions();
        auth.Configure(options);
        return options;
    }

    private static GrantSigner SignerOf(string key) => new(MsOptions.Create(Options(new AuthOptions { Required = true, SigningKey = key })));
}
