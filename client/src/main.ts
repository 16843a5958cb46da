const api: string = import.meta.env.VITE_API ?? (import.meta.env.DEV ? 'http://localhost:5081' : '');

const generate = element<HTMLButtonElement>('generate');
const stop = element<HTMLButtonElement>('stop');
const reset = element<HTMLButtonElement>('reset');
const status = element('status');
const passage = element('passage');

let source: EventSource | undefined;
let streamId: string | undefined;

generate.addEventListener('click', () => {
  leave();
  passage.replaceChildren();
  show('connecting', 'Connecting…');
  stop.disabled = false;

  source = new EventSource(`${api}/sse`);
  source.addEventListener('started', (event) => {
    streamId = (JSON.parse(event.data as string) as { streamId: string }).streamId;
    show('streaming', 'Streaming…');
  });
  source.addEventListener('message', (event) => {
    show('streaming', 'Streaming…');
    passage.append(event.data as string);
  });
  source.addEventListener('completed', () => end('completed', 'Complete.'));
  source.addEventListener('stopped', () => end('stopped', 'Stopped.'));
  source.addEventListener('failed', () => end('failed', 'The server could not finish this passage.'));
  source.addEventListener('error', () => {
    if (source?.readyState === EventSource.CLOSED) end('failed', 'The server refused the request.');
    else show('reconnecting', 'Connection lost. Reconnecting…');
  });
});

stop.addEventListener('click', () => {
  if (streamId === undefined) {
    end('stopped', 'Stopped before it began.');
    return;
  }

  // The stream itself says when it has stopped.
  fetch(`${api}/streams/${streamId}`, { method: 'DELETE' }).catch(() =>
    show('streaming', 'The request to stop did not reach the server. Try again.'),
  );
});

reset.addEventListener('click', () => {
  end('idle', 'Ready.');
  passage.replaceChildren();
});

function end(state: string, text: string): void {
  leave();
  show(state, text);
  stop.disabled = true;
}

function leave(): void {
  source?.close();
  source = undefined;
  streamId = undefined;
}

function show(state: string, text: string): void {
  status.dataset.state = state;
  status.textContent = text;
}

function element<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no element #${id}.`);
  return found as T;
}
