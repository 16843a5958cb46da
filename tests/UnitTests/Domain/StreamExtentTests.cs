using SseStreaming.Domain;

namespace SseStreaming.UnitTests.Domain;

internal sealed class StreamExtentTests
{
    [TestCase(0, ExpectedResult = ResumePoint.Readable, Description = "from the beginning")]
    [TestCase(1, ExpectedResult = ResumePoint.Readable)]
    [TestCase(9, ExpectedResult = ResumePoint.Readable)]
    [TestCase(10, ExpectedResult = ResumePoint.Readable, Description = "the last event: more will come")]
    [TestCase(11, ExpectedResult = ResumePoint.BeyondEnd)]
    [TestCase(long.MaxValue, ExpectedResult = ResumePoint.BeyondEnd)]
    public ResumePoint After_OfAnOpenStream(long sequence) =>
        new StreamExtent(First: 1, Last: 10, IsClosed: false).After(sequence);

    [TestCase(0, ExpectedResult = ResumePoint.Readable)]
    [TestCase(9, ExpectedResult = ResumePoint.Readable, Description = "the terminal event is still to come")]
    [TestCase(10, ExpectedResult = ResumePoint.Ended, Description = "the terminal event")]
    [TestCase(11, ExpectedResult = ResumePoint.BeyondEnd)]
    public ResumePoint After_OfAClosedStream(long sequence) =>
        new StreamExtent(First: 1, Last: 10, IsClosed: true).After(sequence);

    [TestCase(0, ExpectedResult = ResumePoint.Expired)]
    [TestCase(3, ExpectedResult = ResumePoint.Expired, Description = "event 4 would be missing")]
    [TestCase(4, ExpectedResult = ResumePoint.Readable, Description = "event 5 is the next, and the first that is kept")]
    [TestCase(10, ExpectedResult = ResumePoint.Ended)]
    [TestCase(11, ExpectedResult = ResumePoint.BeyondEnd)]
    public ResumePoint After_OfAStreamWhoseFirstEventsHaveExpired(long sequence) =>
        new StreamExtent(First: 5, Last: 10, IsClosed: true).After(sequence);
}
