// Sends a message to chats, or reconnects to them, with one version of the AI SDK, and prints what the client saw.
const input = JSON.parse(process.argv[2]);
const { DefaultChatTransport, readUIMessageStream } = await import(`ai${input.version}`);

async function run(chatId) {
  const seen = { chatId, text: '', chunks: [] };
  const leaving = new AbortController();
  const transport = new DefaultChatTransport({
    api: new URL('/api/chat', input.server).href,
    body: input.body,
    headers: input.headers,
    fetch: async (...request) => {
      const response = await fetch(...request);
      seen.status = response.status;
      seen.streamId = response.headers.get('x-stream-id');
      seen.protocol = response.headers.get('x-vercel-ai-ui-message-stream');
      return response;
    },
  });
  try {
    const stream = input.reconnect
      ? await transport.reconnectToStream({ chatId })
      : await transport.sendMessages({ chatId, trigger: 'submit-message', messages: input.messages, abortSignal: leaving.signal });
    if (stream === null) return { ...seen, isNone: true };
    const watched = stream.pipeThrough(new TransformStream({
      transform(chunk, controller) {
        if (chunk.type !== 'text-delta') seen.chunks.push(chunk);
        controller.enqueue(chunk);
      },
    }));
    for await (const message of readUIMessageStream({ stream: watched, terminateOnError: true })) {
      seen.messageId = message.id;
      seen.metadata = message.metadata;
      seen.text = message.parts.filter(part => part.type === 'text').map(part => part.text).join('');
      if (seen.text.length >= (input.leaveAfter ?? Infinity)) {
        leaving.abort();
        break;
      }
    }
  } catch (error) {
    seen.error = { name: error.name, message: error.message };
  }
  return seen;
}

const results = [];
if (input.atOnce) results.push(...await Promise.all(input.chats.map(run)));
else for (const chatId of input.chats) results.push(await run(chatId));
console.log(JSON.stringify(results));
