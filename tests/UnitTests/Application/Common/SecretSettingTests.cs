using SseStreaming.Application.Common;

namespace SseStreaming.UnitTests.Application.Common;

internal sealed class SecretSettingTests
{
    private string _file = "";

    [SetUp]
    public void CreateFile() => _file = Path.GetTempFileName();

    [TearDown]
    public void DeleteFile() => File.Delete(_file);

    [Test]
    public void Value_IsTrimmed()
    {
        var secret = new SecretSetting("Key", " a key\n", file: "");

        Assert.That((secret.Read(), secret.IsSet, secret.Source, secret.FindError()), Is.EqualTo(("a key", true, "Key", default((string, string)?))));
    }

    [Test]
    public void FileContent_IsTrimmed()
    {
        File.WriteAllText(_file, "\uFEFF  a key\r\n");
        var secret = new SecretSetting("Key", value: "", _file);

        Assert.That((secret.Read(), secret.IsSet, secret.Source, secret.FindError()), Is.EqualTo(("a key", true, "KeyFile", default((string, string)?))));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase(" ")]
    public void Unset_IsNoSecret(string? text)
    {
        var secret = new SecretSetting("Key", text, text);

        Assert.That((secret.Read(), secret.IsSet, secret.FindError()), Is.EqualTo((default(string), false, default((string, string)?))));
    }

    [Test]
    public void Both_IsAnError_ThatNamesThemAndNotTheSecret()
    {
        var error = new SecretSetting("Key", "a secret", _file).FindError();

        Assert.That(error, Is.EqualTo(("KeyFile", "is set together with Key: set only one of them")));
    }

    [Test]
    public void EmptyFile_IsAnError()
    {
        File.WriteAllText(_file, " \n");

        Assert.That(new SecretSetting("Key", value: null, _file).FindError(), Is.EqualTo(("KeyFile", "names an empty file")));
    }

    [TestCase("missing")]
    [TestCase(".")]
    [TestCase("a\0b")]
    public void UnreadableFile_IsAnError(string path) =>
        Assert.That(new SecretSetting("Key", value: null, path).FindError(), Is.EqualTo(("KeyFile", "names a file that can't be read")));
}
