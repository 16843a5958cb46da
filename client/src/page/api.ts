import { HttpError, type ProblemDetails } from '../text-stream';

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
  const response = await fetch(address('sources'), { headers: authorization(token) });
  if (!response.ok) throw new HttpError(response.status);
  return (await response.json()) as SourceList;
}

export function authorization(token: string): Record<string, string> {
  return token === '' ? {} : { Authorization: `Bearer ${token}` };
}

/** What an address carries that the server keeps out of its logs: a grant, or the token of an `EventSource`. */
export interface Secrets {
  readonly grant?: string | undefined;
  readonly access_token?: string | undefined;
}

export function streamUrl(streamId: string, part: 'events' | 'text', secrets: Secrets): string {
  return address(`streams/${encodeURIComponent(streamId)}/${part}`, secrets);
}

export function startUrl(request?: StartRequest, secrets?: Secrets): string {
  return address('sse', { ...request, ...secrets });
}

function address(path: string, query: object = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  return `${api}/${path}${pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : ''}`;
}

export function fieldErrors(problem: ProblemDetails | undefined): string[] {
  return Object.values(problem?.errors ?? {}).flat();
}
