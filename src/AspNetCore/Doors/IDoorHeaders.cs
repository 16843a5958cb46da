namespace SseStreaming.AspNetCore.Doors;

/// <summary>Metadata of an endpoint whose door has headers for each answer.</summary>
internal interface IDoorHeaders
{
    void Set(HttpContext context);
}
