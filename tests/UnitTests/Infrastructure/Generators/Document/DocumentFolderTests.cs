using SseStreaming.Infrastructure.Generators.Document;

namespace SseStreaming.UnitTests.Infrastructure.Generators.Document;

internal sealed class DocumentFolderTests
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("documents");
    private readonly DocumentFolder _folder;

    public DocumentFolderTests()
    {
        Write("secret.txt");
        Write("folder/a.txt");
        Write("folder/sub/b.txt");
        Write("folder/.hidden");
        Write("folder/.dots/c.txt");
        Write("folder/with space, ünï.txt");
        Write("folder/name.with.dots");
        Write("folder-beside/d.txt");
        _folder = new DocumentFolder(PathOf("folder"));
    }

    [TearDown]
    public void TearDown() => _root.Delete(recursive: true);

    [TestCase("a.txt")]
    [TestCase("sub/b.txt")]
    [TestCase("with space, ünï.txt")]
    [TestCase("name.with.dots")]
    public void Find_OfAFileOfTheFolder_ReturnsItsPath(string name) =>
        Assert.That(_folder.Find(name), Is.EqualTo(PathOf("folder/" + name)));

    [TestCase("")]
    [TestCase(" ")]
    [TestCase("none.txt")]
    [TestCase("A.TXT ")]
    [TestCase("sub", Description = "a folder")]
    [TestCase("sub/")]
    [TestCase("/")]
    [TestCase(".")]
    [TestCase("..")]
    [TestCase("../secret.txt")]
    [TestCase("../folder/a.txt")]
    [TestCase("../folder-beside/d.txt")]
    [TestCase("sub/../a.txt")]
    [TestCase("sub/../../secret.txt")]
    [TestCase("./a.txt")]
    [TestCase("sub/./b.txt")]
    [TestCase("sub//b.txt")]
    [TestCase("//a.txt")]
    [TestCase("/a.txt")]
    [TestCase("/etc/passwd")]
    [TestCase("..\\secret.txt")]
    [TestCase("sub\\b.txt")]
    [TestCase("C:\\secret.txt")]
    [TestCase("C:secret.txt")]
    [TestCase("a.txt::$DATA")]
    [TestCase("%2e%2e/secret.txt")]
    [TestCase("..%2fsecret.txt")]
    [TestCase("%2e%2e%2fsecret.txt")]
    [TestCase("a%2etxt")]
    [TestCase("a.txt\0")]
    [TestCase("a.txt\0.png")]
    [TestCase("\0")]
    [TestCase("a.txt\n")]
    [TestCase("a.txt.")]
    [TestCase("a.txt ")]
    [TestCase("sub ./b.txt")]
    [TestCase(".hidden")]
    [TestCase(".dots/c.txt")]
    [TestCase("~/a.txt")]
    [TestCase("*.txt")]
    [TestCase("a.tx?")]
    [TestCase("．．/secret.txt", Description = "full-width dots")]
    [TestCase("‥/secret.txt", Description = "a two-dot leader")]
    [TestCase("a.txt/b")]
    public void Find_OfAnyOtherName_ReturnsNull(string name) =>
        Assert.That(_folder.Find(name), Is.Null);

    [Test]
    public void Find_OfTheFullPathOfAFile_ReturnsNull()
    {
        Assert.That(_folder.Find(PathOf("folder/a.txt")), Is.Null);
        Assert.That(_folder.Find(PathOf("secret.txt")), Is.Null);
    }

    [TestCase("secret.txt")]
    [TestCase("folder/a.txt", Description = "even to a readable file")]
    public void Find_OfALinkToAFile_ReturnsNull(string target)
    {
        File.CreateSymbolicLink(PathOf("folder/link.txt"), PathOf(target));

        Assert.That(_folder.Find("link.txt"), Is.Null);
    }

    [Test]
    public void Find_OfABrokenLink_ReturnsNull()
    {
        File.CreateSymbolicLink(PathOf("folder/link.txt"), PathOf("nowhere"));

        Assert.That(_folder.Find("link.txt"), Is.Null);
    }

    [Test]
    public void Find_ThroughALinkToAFolder_ReturnsNull()
    {
        Directory.CreateSymbolicLink(PathOf("folder/out"), PathOf("folder-beside"));

        Assert.That(_folder.Find("out/d.txt"), Is.Null);
    }

    [Test]
    public void Find_InAFolderThatIsALink_ReturnsItsFiles()
    {
        Directory.CreateSymbolicLink(PathOf("current"), PathOf("folder"));

        Assert.That(new DocumentFolder(PathOf("current")).Find("a.txt"), Is.Not.Null);
    }

    [Test]
    public void Find_OfAVeryLongName_ReturnsNull() =>
        Assert.That(_folder.Find(new string('a', 10_000)), Is.Null);

    [Test]
    public void Find_OfAnUnpairedSurrogate_ReturnsNull() =>
        Assert.That(_folder.Find("\uD800.txt"), Is.Null);

    private string PathOf(string name) => Path.Combine(_root.FullName, name);

    private void Write(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), name);
    }
}
