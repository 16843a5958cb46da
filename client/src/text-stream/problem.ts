import { readObject, type ProblemDetails } from './events.js';

/** The body of a refusal is read no further than this. */
const maxBytes = 65_536;

/** The problem details of a refusal, or `undefined` if its body has none. */
export async function readProblem(response: Response, signal: AbortSignal): Promise<ProblemDetails | undefined> {
  if (!/^application\/(?:problem\+)?json\b/i.test(response.headers.get('Content-Type') ?? '')) {
    await response.body?.cancel();
    return undefined;
  }

  try {
    return readObject(await readStart(response));
  } catch {
    // The status has arrived, and it decides; only its explanation broke off.
    signal.throwIfAborted();
    return undefined;
  }
}

async function readStart(response: Response): Promise<string> {
  let text = '';
  if (response.body === null) return text;

  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  for (let length = 0; length < maxBytes; ) {
    const { done, value } = await reader.read();
    if (done) return text;
    length += value.length;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}
