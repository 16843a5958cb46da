// Runs calls of the openai package, and prints what an application sees of each: the text, or the error.
import OpenAI from 'openai';

const CONCURRENT = 8;

async function run({ call, baseURL, apiKey, maxRetries, body, id, startingAfter, headers }) {
  const client = new OpenAI({ baseURL, apiKey: apiKey ?? 'any key', maxRetries, timeout: 60_000, defaultHeaders: headers ?? {} });
  const seen = { text: '', types: [], numbers: [], usage: null, finish: null, status: null, id: null };

  const readChat = async (stream) => {
    for await (const chunk of stream) {
      seen.id ??= chunk.id;
      seen.text += chunk.choices[0]?.delta.content ?? '';
      seen.finish ??= chunk.choices[0]?.finish_reason ?? null;
      seen.usage = chunk.usage ?? seen.usage;
    }
  };
  const readResponse = async (stream) => {
    for await (const event of stream) {
      seen.types.push(event.type);
      seen.numbers.push(event.sequence_number);
      if (event.response) Object.assign(seen, { id: event.response.id, status: event.response.status, response: event.response });
      if (event.type === 'response.output_text.delta') seen.text += event.delta;
      if (event.type === 'response.output_text.done') seen.done = event.text;
    }
  };
  // Not every method adds `output_text`.
  const textOf = ({ output }) => output.flatMap(({ content }) => content).map(({ text }) => text).join('');
  const keep = (response) => Object.assign(seen, { id: response.id, text: response.output_text ?? textOf(response), status: response.status, response });

  const calls = {
    models: async () => { seen.models = (await client.models.list()).data.map((model) => model.id); },
    model: async () => { seen.model = await client.models.retrieve(id); },
    chat: async () => {
      const { data, response, request_id } = await client.chat.completions.create({ ...body, stream: false }).withResponse();
      Object.assign(seen, {
        id: data.id, text: data.choices[0].message.content, finish: data.choices[0].finish_reason, usage: data.usage ?? null,
        requestId: request_id, streamId: response.headers.get('x-stream-id'),
      });
    },
    chatStream: async () => readChat(await client.chat.completions.create({ ...body, stream: true })),
    // The helper that collects the chunks.
    chatRunner: async () => {
      const stream = client.chat.completions.stream(body);
      const completion = await stream.finalChatCompletion();
      Object.assign(seen, { id: completion.id, text: completion.choices[0].message.content, finish: completion.choices[0].finish_reason });
    },
    response: async () => keep(await client.responses.create({ ...body, stream: false })),
    responseStream: async () => readResponse(await client.responses.create({ ...body, stream: true })),
    // The helper that checks the order of the events.
    responseRunner: async () => keep(await client.responses.stream(body).finalResponse()),
    retrieve: async () => keep(await client.responses.retrieve(id)),
    retrieveStream: async () => readResponse(await client.responses.retrieve(id, { stream: true, starting_after: startingAfter ?? undefined })),
    retrieveRunner: async () => readResponse(client.responses.stream({ response_id: id, starting_after: startingAfter ?? undefined })),
    cancel: async () => keep(await client.responses.cancel(id)),
    delete: async () => { await client.responses.delete(id); },
    // As an application resumes: it asks for the events after the last one that it got, until the response has ended.
    resume: async () => {
      let stream = await client.responses.create({ ...body, stream: true });
      for (seen.connections = 1; ; seen.connections++) {
        try {
          await readResponse(stream);
          if (/completed|failed|incomplete/.test(seen.types.at(-1))) return;
          throw new Error('The stream ended cleanly before its end.');
        } catch (error) {
          if (seen.id === null || !(error instanceof OpenAI.APIError || error.name === 'TypeError' || error.message === 'terminated')) throw error;
          stream = await client.responses.retrieve(seen.id, { stream: true, starting_after: seen.numbers.at(-1) }, { maxRetries: 5 });
        }
      }
    },
  };

  try {
    await calls[call]();
  } catch (error) {
    seen.error = {
      name: error.constructor.name, status: error.status ?? null, message: error.message, type: error.type ?? null, code: error.code ?? null, param: error.param ?? null,
      requestId: error.requestID ?? null,
    };
  }
  return seen;
}

const inputs = JSON.parse(process.argv[2]);
const results = [];
const work = async () => {
  while (results.length < inputs.length) {
    const index = results.push(null) - 1;
    results[index] = await run(inputs[index]);
  }
};
await Promise.all(Array.from({ length: CONCURRENT }, work));
console.log(JSON.stringify(results));
