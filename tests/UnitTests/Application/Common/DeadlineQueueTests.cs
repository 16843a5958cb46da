using Microsoft.Extensions.Time.Testing;
using SseStreaming.Application.Common;

namespace SseStreaming.UnitTests.Application.Common;

internal sealed class DeadlineQueueTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly DeadlineQueue _queue;
    private readonly List<int> _called = [];

    public DeadlineQueueTests() => _queue = new DeadlineQueue(_time);

    [Test]
    public void Deadlines_AddedInAnyOrder_AreCalledInTheOrderOfTheirTimes()
    {
        var random = new Random(3);
        var seconds = Enumerable.Range(1, 200).ToArray();
        random.Shuffle(seconds);
        foreach (var second in seconds)
            Add(second, new TestDeadline(() => _called.Add(second)));

        for (var second = 1; second <= 200; second++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(999));
            Assert.That(_called, Has.Count.EqualTo(second - 1));
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.That(_called, Has.Count.EqualTo(second));
        }
        Assert.That(_called, Is.Ordered);
    }

    [Test]
    public void Deadlines_RemovedInAnyOrder_AreNotCalled_AndTheOthersAre()
    {
        var random = new Random(7);
        var deadlines = Enumerable.Range(0, 200).Select(i => new TestDeadline(() => _called.Add(i))).ToArray();
        foreach (var deadline in deadlines)
            Add(random.Next(1, 100), deadline);

        var removed = Enumerable.Range(0, 200).Where(_ => random.Next(2) == 0).ToArray();
        random.Shuffle(removed);
        foreach (var i in removed)
            _queue.Remove(deadlines[i]);
        _time.Advance(TimeSpan.FromSeconds(100));

        Assert.That(_called, Is.EquivalentTo(Enumerable.Range(0, 200).Except(removed)));
    }

    [Test]
    public void Deadline_ThatReturnsALaterTime_IsCalledAgain()
    {
        Add(1, new TestDeadline(() => _called.Add(0)) { Period = TimeSpan.FromSeconds(1) });

        for (var i = 1; i <= 5; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.That(_called, Has.Count.EqualTo(i));
        }
    }

    [Test]
    public void Remove_Twice_DoesNotAffectOthers()
    {
        var deadline = new TestDeadline(() => _called.Add(0));
        Add(1, deadline);
        Add(1, new TestDeadline(() => _called.Add(1)));

        _queue.Remove(deadline);
        _queue.Remove(deadline);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.That(_called, Is.EqualTo(new[] { 1 }));
    }

    private void Add(int seconds, Deadline deadline) => _queue.Add(deadline, _time.GetTimestamp() + DeadlineQueue.ToTicks(_time, TimeSpan.FromSeconds(seconds)));

    private sealed class TestDeadline(Action called) : Deadline
    {
        public TimeSpan? Period { get; init; }

        protected internal override long OnDue(long now)
        {
            called();
            return Period is { } period ? now + period.Ticks : Never;
        }
    }
}
