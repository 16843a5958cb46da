import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const project = fileURLToPath(new URL('../../src/Api', import.meta.url));
const timeout = 60_000;

/** The built server, in its own process, on a port that the operating system chose. */
export class Server {
  #process;
  #log = [];

  /** @param settings environment variables in addition to those of all runs */
  static async start(settings = {}) {
    const { stdout } = await promisify(execFile)('dotnet', ['msbuild', '-getProperty:TargetPath'], { cwd: project });
    const server = new Server(stdout.trim(), settings);
    try {
      server.base = await server.#address();
      await server.#ready();
      return server;
    } catch (error) {
      await server.stop();
      throw new Error(`${error.message}\n${server.log}`);
    }
  }

  constructor(assembly, settings) {
    this.#process = spawn('dotnet', [assembly, '--urls', 'http://127.0.0.1:0'], {
      cwd: project,
      // No drain: a stop does not wait for running generations.
      env: { ...process.env, Store: 'Memory', Streams__DrainTime: '00:00:00', Serilog__MinimumLevel__Default: 'Verbose', ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const output of [this.#process.stdout, this.#process.stderr])
      createInterface(output).on('line', (line) => this.#log.push(line));
  }

  get log() {
    return this.#log.join('\n');
  }

  /** Stops the server, and returns its exit code or signal. */
  async stop() {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return exitCode ?? signalCode;
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), 15_000);
    const [code, signal] = await exit;
    clearTimeout(timer);
    // .ci/secrets.py searches the log for secrets.
    if (process.env.SSE_TEST_LOGS) {
      await mkdir(process.env.SSE_TEST_LOGS, { recursive: true });
      await writeFile(join(process.env.SSE_TEST_LOGS, `requests-${randomUUID()}.log`), this.log);
    }
    return code ?? signal;
  }

  async #address() {
    return this.#until('logged its address', () => /Now listening on: (http:\S+)/.exec(this.log)?.[1]);
  }

  async #ready() {
    await this.#until('was ready', async () => (await fetch(`${this.base}/health/ready`)).ok);
  }

  async #until(fact, find) {
    for (const end = Date.now() + timeout; Date.now() < end; await delay(50)) {
      const found = await find();
      if (found) return found;
      if (this.#process.exitCode !== null) throw new Error(`The server exited with ${this.#process.exitCode} before it ${fact}.`);
    }
    throw new Error(`In ${timeout / 1000} s the server never ${fact}.`);
  }
}
