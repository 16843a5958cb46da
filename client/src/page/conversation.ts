import type { Message, StartRequest } from './api';
import { byId, create } from './dom';
import type { PassageView } from './passage-view';
import { PlainView } from './plain-view';
import type { Phase } from './status-line';
import { storeRequest, type Turn } from './storage';
import type { StreamRequests } from './stream-requests';

/** The last turn as it is on the page. `streamId` is `undefined` if the server did not start it. */
export interface CurrentTurn {
  readonly request: StartRequest;
  readonly streamId: string | undefined;
  readonly earlier: readonly Turn[];
  readonly text: string;
}

export interface PageState extends Omit<CurrentTurn, 'request'> {
  readonly request: StartRequest | undefined;
  readonly phase: Phase;
  readonly isBusy: boolean;
  readonly takesMessages: boolean;
}

/** The request for the answer to a further prompt. A prompt that was not started is replaced. */
export function followUp({ request, streamId, earlier, text }: CurrentTurn, prompt: string): Pick<CurrentTurn, 'request' | 'earlier'> {
  const messages = messagesOf(request);
  const said: readonly Message[] = streamId === undefined ? messages.slice(0, -1) : [...messages, { role: 'assistant', content: text }];
  return {
    request: withMessages(request, [...said, { role: 'user', content: prompt }]),
    earlier: streamId === undefined ? earlier : [...earlier, { streamId, prompt: promptOf(request) }],
  };
}

export function promptOf(request: StartRequest | undefined): string {
  return request === undefined ? '' : (messagesOf(request).at(-1)?.content ?? '');
}

/** After a follow-up that was not started, a reload shows the conversation before it. */
function storeLastAnswered(request: StartRequest, earlier: readonly Turn[]): void {
  const last = earlier.at(-1);
  if (last === undefined) return;
  storeRequest({ request: withMessages(request, messagesOf(request).slice(0, -2)), streamId: last.streamId, earlier: earlier.slice(0, -1) });
}

function messagesOf(request: StartRequest): readonly Message[] {
  return request.messages ?? [{ role: 'user', content: request.prompt ?? '' }];
}

function withMessages(request: StartRequest, messages: readonly Message[]): StartRequest {
  // The server takes either a prompt or messages.
  const fields = Object.entries(request).filter(([name]) => name !== 'prompt');
  return { ...(Object.fromEntries(fields) as StartRequest), messages };
}

/** The earlier turns above the passage, and the form for the next one. */
export class Conversation {
  readonly #requests: StreamRequests;
  readonly #start: (request: StartRequest, earlier: readonly Turn[]) => void;
  readonly #section = byId('conversation');
  readonly #form = byId<HTMLFormElement>('follow-up');
  readonly #prompt = byId<HTMLTextAreaElement>('follow-up-prompt');
  /** The answers of earlier turns, by the ids of their streams. */
  readonly #texts = new Map<string, Promise<string>>();
  #current: CurrentTurn | undefined;
  #shown: { readonly earlier?: readonly Turn[]; readonly prompt?: string } = {};
  #answers: { readonly element: HTMLElement; readonly text: Promise<string> }[] = [];
  #views: PassageView[] = [];

  constructor(requests: StreamRequests, start: (request: StartRequest, earlier: readonly Turn[]) => void) {
    this.#requests = requests;
    this.#start = start;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send(this.#prompt.value.trim());
    });
    this.#prompt.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.#form.requestSubmit();
    });
    for (const format of ['plain', 'markdown']) byId(format).addEventListener('change', () => void this.#render());
  }

  async update(state: PageState): Promise<void> {
    this.#offer(state);
    const { earlier } = state;
    const prompt = promptOf(state.request);
    if (earlier === this.#shown.earlier && prompt === this.#shown.prompt) return;
    this.#shown = { earlier, prompt };
    await this.#show(earlier, prompt);
  }

  #offer({ request, phase, isBusy, takesMessages, ...turn }: PageState): void {
    const hasAnswer = turn.streamId !== undefined && (phase === 'completed' || phase === 'stopped') && turn.text.trim() !== '';
    const isUnstarted = turn.streamId === undefined && turn.earlier.length > 0 && !isBusy;
    const mayFollow = request !== undefined && takesMessages && (hasAnswer || isUnstarted);
    this.#current = mayFollow ? { request, ...turn } : undefined;
    if (mayFollow && this.#form.hidden === true) this.#prompt.value = isUnstarted ? promptOf(request) : '';
    this.#form.hidden = !mayFollow;
    if (isUnstarted && request !== undefined) storeLastAnswered(request, turn.earlier);
  }

  #send(prompt: string): void {
    const current = this.#current;
    if (current === undefined || prompt === '') return;
    if (current.streamId !== undefined) this.#texts.set(current.streamId, Promise.resolve(current.text));
    const next = followUp(current, prompt);
    this.#start(next.request, next.earlier);
  }

  async #show(earlier: readonly Turn[], prompt: string): Promise<void> {
    this.#answers = earlier.map(({ streamId }) => {
      const text = this.#texts.get(streamId) ?? this.#requests.readText(streamId);
      this.#texts.set(streamId, text);
      return { text, element: create('div', { className: 'passage turn-answer', dir: 'auto' }) };
    });
    const turns = earlier.map((turn, i) => create('article', {}, ...promptParts(turn.prompt), ...this.#answers.slice(i, i + 1).map(({ element }) => element)));
    this.#section.replaceChildren(...turns, ...promptParts(prompt));
    this.#section.hidden = earlier.length === 0;
    await this.#render();
  }

  async #render(): Promise<void> {
    const format = byId<HTMLInputElement>('markdown').checked ? 'markdown' : 'plain';
    const View = format === 'plain' ? PlainView : (await import('./markdown/markdown-view')).MarkdownView;
    for (const view of this.#views) view.close();
    this.#views = await Promise.all(
      this.#answers.map(async ({ element, text }) => {
        element.dataset.format = format;
        const view = new View(element);
        view.append(await text);
        await view.settle();
        return view;
      }),
    );
  }
}

function promptParts(prompt: string): HTMLElement[] {
  if (prompt === '') return [];
  return [create('p', { className: 'turn-prompt', dir: 'auto' }, create('span', { className: 'visually-hidden', textContent: 'You asked: ' }), prompt)];
}
