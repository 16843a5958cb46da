import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { StandIn, type StandInOptions } from '../server';

const root = fileURLToPath(new URL('../../../src/Api/wwwroot', import.meta.url));
const policy =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** The page as it was built, with the headers that the API sends with it, in front of the stand-in. */
export async function startSite(options: StandInOptions = {}): Promise<StandIn> {
  const site = await StandIn.start({ heartbeat: 1_000, retry: 200, ...options, fallback: (request, response) => void sendFile(request, response) });
  onTestFinished(() => site.close());
  return site;
}

async function sendFile(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const path = join(root, normalize(pathname === '/' ? 'index.html' : pathname));
  const isFile = path.startsWith(root) && (await stat(path).then((stats) => stats.isFile(), () => false));
  if (!isFile) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    'Content-Type': types[extname(path)] ?? 'application/octet-stream',
    'Content-Security-Policy': pathname === '/minimal.html' ? `${policy}; script-src 'unsafe-inline'` : policy,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-cache',
  });
  createReadStream(path).pipe(response);
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** A page of its own profile, whose errors fail the test: what it throws, and what its policy had to block. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !isNetworkNoise(message.text())) errors.push(message.text());
  });
  onTestFinished(async () => {
    await context.close();
    if (errors.length > 0) throw new Error(`The page reported errors:\n${errors.join('\n')}`);
  });
  await page.goto(url);
  return page;
}

/** The browser reports each failed request by itself; the tests make them fail. */
function isNetworkNoise(text: string): boolean {
  return text.startsWith('Failed to load resource') || text.includes('net::ERR_');
}

/** Starts a stream of the segments on an open page. */
export async function showScript(page: Page, site: StandIn, segments: readonly string[], options: { pace: number; format: 'Plain' | 'Markdown' }): Promise<void> {
  site.script = segments;
  await page.locator('#source option').first().waitFor({ state: 'attached' });
  await page.locator('.format label', { hasText: options.format }).click();
  await page.locator(`#passage[data-format="${options.format.toLowerCase()}"]`).waitFor();
  await page.locator('#source').selectOption('script');
  await page.locator('#option-pace').fill(String(options.pace));
  await page.locator('#generate').click();
}

export async function waitForState(page: Page, state: string): Promise<void> {
  await page.locator(`#status[data-state="${state}"]`).waitFor();
}

export function textOf(page: Page): Promise<string> {
  return page.locator('#passage').evaluate((passage) => passage.textContent ?? '');
}

/** From here on. */
export async function recordLongTasks(page: Page): Promise<void> {
  await page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(window, { longTasks: tasks });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
  });
}

/** Milliseconds for which the page could do nothing else. */
export function longestTask(page: Page): Promise<number> {
  return page.evaluate(() => Math.max(0, ...(window as unknown as { longTasks: number[] }).longTasks));
}
