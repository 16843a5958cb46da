import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendProblem, type StandIn } from '../server';
import { launch, openPage, startSite, waitForState } from './site';

/** With SCREENSHOTS=folder, what is checked here is also kept there to be looked at. */
const folder = process.env.SCREENSHOTS;
const axe = createRequire(import.meta.url).resolve('axe-core');

const states: Record<string, (page: Page, site: StandIn) => Promise<void>> = {
  idle: async (page) => {
    await page.locator('#source option').first().waitFor({ state: 'attached' });
    await page.locator('.connection summary').click();
  },
  connecting: async (page, site) => {
    site.held = new Promise(() => undefined);
    await page.locator('#generate').click();
    await page.getByText('Waiting for the first word').waitFor();
  },
  streaming: async (page) => {
    await page.locator('#option-words').fill('5000');
    await page.locator('#option-pace').fill('5');
    await page.locator('#generate').click();
    await waitForWords(page, 300);
    await page.mouse.wheel(0, -400);
    await page.locator('#latest').waitFor();
  },
  reconnecting: async (page, site) => {
    await page.locator('#option-words').fill('5000');
    await page.locator('#generate').click();
    await waitForWords(page, 30);
    site.intercept = (_, response) => (response.setHeader('Retry-After', '17'), sendProblem(response, 503, 'Busy'), true);
    site.drop();
    await page.getByText('The server is busy').waitFor();
    await waitForState(page, 'reconnecting');
  },
  failed: async (page) => {
    await page.locator('#source').selectOption('failing');
    await page.locator('#generate').click();
    await waitForState(page, 'failed');
  },
  refused: async (page, site) => {
    site.intercept = (_, response) =>
      (sendProblem(response, 400, 'The request is not valid.', undefined, { words: ['words must be between 1 and 1000000.'] }), true);
    await page.locator('#generate').click();
    await waitForState(page, 'failed');
  },
  finished: async (page) => {
    await page.locator('#option-pace').fill('1');
    await page.locator('#generate').click();
    await waitForState(page, 'completed');
  },
  markdown: async (page) => {
    await page.locator('.format label', { hasText: 'Markdown' }).click();
    await page.locator('#source').selectOption('script');
    await page.locator('#option-pace').fill('1');
    await page.locator('#prompt').fill('A passage in Markdown, please.');
    await page.locator('#generate').click();
    await waitForState(page, 'completed');
  },
};

const looks = [
  { name: 'wide-light', viewport: { width: 1280, height: 860 }, colorScheme: 'light' },
  { name: 'wide-dark', viewport: { width: 1280, height: 860 }, colorScheme: 'dark' },
  { name: 'narrow-light', viewport: { width: 320, height: 640 }, colorScheme: 'light' },
  { name: 'narrow-dark', viewport: { width: 320, height: 640 }, colorScheme: 'dark' },
] as const;

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser.close());

describe.each(looks)('$name', ({ name, ...options }) => {
  test.each(Object.entries(states))('%s: no violation that axe can find, and nothing wider than the page', async (state, reach) => {
    const site = await startSite();
    const page = await openPage(browser, site.url, options);
    await page.locator('#source option').first().waitFor({ state: 'attached' });
    await reach(page, site);

    if (folder !== undefined) {
      await mkdir(folder, { recursive: true });
      await page.screenshot({ path: `${folder}/${state}-${name}.png` });
    }
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(options.viewport.width);
  });
});

async function violations(page: Page): Promise<string[]> {
  // Evaluated, not added to the page: its policy would not allow that.
  await page.evaluate(await readFile(axe, 'utf8'));
  const results = await page.evaluate(async () => (await (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run()));
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('; ')}`);
}

async function waitForWords(page: Page, words: number): Promise<void> {
  await page.waitForFunction((atLeast) => (document.getElementById('passage')?.textContent ?? '').split(' ').length > atLeast, words);
}
