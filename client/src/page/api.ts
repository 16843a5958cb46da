import { HttpError, type ProblemDetails } from '../text-stream';

const configuredApi = import.meta.env.VITE_API as string | undefined;

export const api = configuredApi ?? (import.meta.env.DEV ? 'http://localhost:5081' : '');

/** Milliseconds after which a list counts as unavailable. */
const listTimeout = 15_000;

/** The schema of an option: the part of JSON Schema that the form supports. */
export interface OptionSchema {
  readonly type?: 'integer' | 'number' | 'string' | 'boolean';
  readonly title?: string;
  readonly description?: string;
  readonly default?: string | number | boolean;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

export interface Source {
  readonly name: string;
  readonly description: string;
  readonly takesPrompt: boolean;
  readonly takesMessages: boolean;
  readonly options: {
    readonly properties?: Readonly<Record<string, OptionSchema>>;
    readonly required?: readonly string[];
  };
}

export interface SourceList {
  readonly default: string;
  readonly sources: readonly Source[];
}

export interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

export type OptionValue = string | number | boolean;

/** The fields of a request to start a generation, with the options of the source beside them. */
export interface StartRequest {
  readonly source?: string;
  readonly prompt?: string;
  /** A conversation in place of a prompt. Its last message is the prompt. */
  readonly messages?: readonly Message[];
  readonly onDisconnect?: 'stop' | 'continue';
  readonly [option: string]: OptionValue | readonly Message[] | undefined;
}

export async function fetchSources(token: string): Promise<SourceList> {
  const response = await fetch(address('sources'), { headers: authorization(token), signal: AbortSignal.timeout(listTimeout) });
  if (!response.ok) throw new HttpError(response.status);
  return (await response.json()) as SourceList;
}

/** A stream of the user's, as the list has it. */
export interface RunningStream {
  readonly id: string;
  readonly source: string;
  readonly created: string;
  readonly characters: number;
}

/** Only the newest ones: the list is a reminder, not an archive. */
export async function fetchRunning(token: string): Promise<readonly RunningStream[]> {
  const response = await fetch(address('streams', { status: 'running', limit: 10 }), { headers: authorization(token), signal: AbortSignal.timeout(listTimeout) });
  if (!response.ok) throw new HttpError(response.status);
  return ((await response.json()) as { readonly streams: readonly RunningStream[] }).streams;
}

export function authorization(token: string): Record<string, string> {
  return token === '' ? {} : { Authorization: `Bearer ${token}` };
}

/** The grant of a shared link permits its holder to read this stream. */
export function streamUrl(streamId: string, part: 'events' | 'text' | undefined, grant: string | undefined): string {
  return address(`streams/${encodeURIComponent(streamId)}${part === undefined ? '' : `/${part}`}`, { grant });
}

export function startUrl(request?: StartRequest): string {
  return address('sse', request);
}

function address(path: string, query: object = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  return `${api}/${path}${pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : ''}`;
}

export function fieldErrors(problem: ProblemDetails | undefined): string[] {
  return Object.values(problem?.errors ?? {}).flat();
}
