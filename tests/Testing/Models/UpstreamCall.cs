using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SseStreaming.Testing.Models;

/// <summary>One request to the fake model server, and the ways to answer it.</summary>
internal sealed class UpstreamCall(UpstreamConnection connection, string head, string body)
{
    public UpstreamConnection Connection => connection;

    /// <summary>The request line and the headers.</summary>
    public string Head => head;

    public JsonElement Body => JsonDocument.Parse(body).RootElement;

    /// <summary>Sends a complete answer in one write, so that a client that has received the text has also received the end.</summary>
    public Task AnswerAsync(int status, string headers, string text, string contentType = "application/json")
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return connection.SendAsync(Encoding.UTF8.GetBytes(
            $"HTTP/1.1 {status} Status\r\nContent-Type: {contentType}\r\n{headers}Content-Length: {bytes.Length}\r\n\r\n{text}"));
    }

    public Task BeginStreamAsync(string contentType = "text/event-stream; charset=utf-8") =>
        SendRawAsync($"HTTP/1.1 200 OK\r\nContent-Type: {contentType}\r\nTransfer-Encoding: chunked\r\n\r\n");

    /// <summary>Writes a part of the stream in HTTP chunks of <paramref name="pieceBytes"/>; 0 means one chunk.</summary>
    public async Task WriteAsync(string text, int pieceBytes = 0)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        foreach (var piece in bytes.Chunk(pieceBytes > 0 ? pieceBytes : bytes.Length))
        {
            var size = Encoding.ASCII.GetBytes(piece.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n");
            await connection.SendAsync((byte[])[.. size, .. piece, .. "\r\n"u8]);
        }
    }

    public Task EndStreamAsync() => SendRawAsync("0\r\n\r\n");

    public Task SendRawAsync(string text) => connection.SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends nothing more until the client disconnects.</summary>
    public Task KeepSilentAsync() => connection.WaitForCloseAsync();
}
