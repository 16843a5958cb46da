import type { ProblemDetails } from '../text-stream';

export const api: string = import.meta.env.VITE_API ?? (import.meta.env.DEV ? 'http://localhost:5081' : '');

/** What a source says about one of its options: the part of JSON Schema that a form can show. */
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
  readonly options: {
    readonly properties?: Readonly<Record<string, OptionSchema>>;
    readonly required?: readonly string[];
  };
}

export interface SourceList {
  readonly default: string;
  readonly sources: readonly Source[];
}

/** What is asked for: `source`, `prompt` and the options of the source, flat, as the server takes them. */
export type StartRequest = Readonly<Record<string, string | number | boolean>>;

export async function fetchSources(token: string): Promise<SourceList> {
  const response = await fetch(`${api}/sources`, { headers: { Accept: 'application/json', ...authorization(token) } });
  if (!response.ok) throw new Error(`The server answered with status ${response.status}.`, { cause: response.status });
  return (await response.json()) as SourceList;
}

/** Lets others read a stream, for as long as the server's usual grant lasts; undefined where the server makes none. */
export async function makeGrant(streamId: string, token: string): Promise<string | undefined> {
  const response = await fetch(`${api}/streams/${encodeURIComponent(streamId)}/grants`, { method: 'POST', headers: authorization(token) });
  return response.ok ? ((await response.json()) as { grant: string }).grant : undefined;
}

export function authorization(token: string): Record<string, string> {
  return token === '' ? {} : { Authorization: `Bearer ${token}` };
}

/** An address with a secret, which the server keeps out of its logs: a grant, or the token of an `EventSource`. */
export function withSecret(url: string, name: 'grant' | 'access_token', value: string | undefined): string {
  return value === undefined || value === '' ? url : `${url}${url.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
}

export function eventsUrl(streamId: string): string {
  return `${api}/streams/${encodeURIComponent(streamId)}/events`;
}

export function textUrl(streamId: string): string {
  return `${api}/streams/${encodeURIComponent(streamId)}/text`;
}

export function startUrl(request?: StartRequest): string {
  const query = new URLSearchParams(Object.entries(request ?? {}).map(([name, value]) => [name, String(value)])).toString();
  return `${api}/sse${query === '' ? '' : `?${query}`}`;
}

export function fieldErrors(problem: ProblemDetails | undefined): string[] {
  return Object.values(problem?.errors ?? {}).flat();
}
