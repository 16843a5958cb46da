// Writes and reads streams with the official client, all at once, and prints what an application sees of each.
import { DurableStream, IdempotentProducer, stream } from '@durable-streams/client';

const PAUSE = 50;
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Requests go to the servers in turn. The producer leaves it to the application to repeat those that failed.
function createFetch(servers) {
  let next = 0;
  const send = async (url, options) => {
    for (;; await sleep(PAUSE)) {
      const { pathname, search } = new URL(url);
      try {
        const response = await fetch(new URL(pathname + search, servers[next++ % servers.length]), options);
        // The client reports the end of a stream before it has read the last piece, and nothing if that breaks off.
        send.isLive = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
        if (response.status === 200 && !send.isLive) return new Response(await response.arrayBuffer(), response);
        if (response.status !== 503) return response;
      } catch (error) {
        if (options?.signal?.aborted) throw error;
      }
    }
  };
  return send;
}

async function write({ servers, path, contentType, texts, pace, producer }) {
  const url = new URL(path, servers[0]).href;
  const fetch = createFetch(servers);
  const handle = await DurableStream.create({ url, contentType, fetch });
  const errors = [];
  const writer = new IdempotentProducer(handle, producer ?? 'a producer', { fetch, lingerMs: 1, onError: (error) => errors.push(String(error)) });
  for (const text of texts) {
    writer.append(contentType === 'application/json' ? JSON.stringify(text) : text);
    // An append of its own for each text.
    await writer.flush();
    await sleep(pace ?? 0);
  }
  const { finalOffset } = await writer.close();
  return { errors, offset: finalOffset };
}

// As an application resumes: after an error it reads on after the last piece that it got, until the stream is closed.
async function read({ servers, path, live, offset }) {
  const url = new URL(path, servers[0]).href;
  const fetch = createFetch(servers);
  const seen = { text: '', items: [], offset: offset ?? '-1', connections: 0, contentType: null, errors: [], isClosed: false };
  const take = (piece) => {
    seen.text += piece.text ?? '';
    seen.items.push(...piece.items ?? []);
    seen.offset = piece.offset;
    seen.isClosed ||= piece.streamClosed;
  };
  while (!seen.isClosed) {
    seen.connections++;
    try {
      const response = await stream({ url, fetch, live, offset: seen.offset, warnOnHttp: false });
      seen.contentType = response.contentType;
      if (response.contentType.includes('json')) response.subscribeJson(take);
      else response.subscribeText(take);
      await response.closed;
      while (!fetch.isLive && seen.offset !== response.offset) await sleep(1);
      // The last event of a stream has no piece of its own.
      [seen.offset, seen.isClosed] = [response.offset, response.streamClosed];
      if (live === false) break;
    } catch (error) {
      // A reader may be there before the stream.
      if (error.status !== 404) seen.errors.push(String(error));
      if (error.status !== undefined && error.status !== 404) break;
      await sleep(PAUSE);
    }
  }
  return seen;
}

const calls = { write, read };
const jobs = JSON.parse(process.argv[2]);
console.log(JSON.stringify(await Promise.all(jobs.map((job) => calls[job.call](job)))));
