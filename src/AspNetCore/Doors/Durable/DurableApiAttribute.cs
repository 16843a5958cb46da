namespace SseStreaming.AspNetCore.Doors.Durable;

/// <summary>Marks the controllers of the Durable Streams protocol.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class DurableApiAttribute : Attribute, IDoorHeaders
{
    public void Set(HttpContext context) => DurableDoor.Protect(context);
}
