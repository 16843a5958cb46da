import { NetworkError, type TextStreamError } from './errors.js';
import type { Settings } from './options.js';
import { mayPass, type ReconnectPolicy } from './reconnect-policy.js';
import { requestStop } from './request.js';
import type { Routes } from './routes.js';
import { unlessAborted } from './unless-aborted.js';

/** A person waits for the answer: the request is repeated, but not for minutes. */
const maxAttempts = 5;

/** Asks the server to stop a generation. */
export class Stopper {
  readonly #settings: Settings;
  readonly #routes: Routes;
  readonly #policy: ReconnectPolicy;

  constructor(settings: Settings, routes: Routes, policy: ReconnectPolicy) {
    this.#settings = settings;
    this.#routes = routes;
    this.#policy = policy;
  }

  /** Resolves when the server has confirmed. Throws an `HttpError`, or a `NetworkError` if there is no answer in time. */
  async stop(streamId: string): Promise<void> {
    const { stopTimeout } = this.#settings;
    const controller = new AbortController();
    const timer = setTimeout(
      () => controller.abort(new NetworkError(`The server did not confirm the stop within ${stopTimeout / 1000} seconds.`)),
      stopTimeout,
    );
    try {
      await this.#request(streamId, controller.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async #request(streamId: string, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await requestStop(this.#settings, this.#routes, streamId, signal);
        return;
      } catch (caught) {
        const error = caught as TextStreamError;
        if (signal.aborted || !mayPass(error) || attempt === maxAttempts) throw error;
        const delay = this.#policy.delayOf(error, attempt);
        await unlessAborted(new Promise((resolve) => setTimeout(resolve, delay)), signal);
      }
    }
  }
}
