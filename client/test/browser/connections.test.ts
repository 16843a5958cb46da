import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { StandIn } from '../server';
import { launch, startSite, textOf, waitForState } from './site';

/** A browser opens at most this many HTTP/1.1 connections to a site. */
const maxConnections = 6;
/** Seven tabs need their time on a busy machine. */
const slow = 300_000;

let browser: Browser;
let site: StandIn;
let context: BrowserContext;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser.close());

beforeEach(async () => {
  site = await startSite();
  context = await browser.newContext();
  context.setDefaultTimeout(120_000);
  onTestFinished(() => context.close());
});

async function openTabs(count: number): Promise<Page[]> {
  const tabs: Page[] = [];
  for (let i = 0; i < count; i++) {
    const tab = await context.newPage();
    await tab.goto(site.url);
    await tab.locator('#source option').first().waitFor({ state: 'attached' });
    await tab.locator('#option-words').fill('100000');
    tabs.push(tab);
  }
  return tabs;
}

async function generate(tab: Page): Promise<void> {
  await tab.locator('#generate').click();
  await waitForState(tab, 'streaming');
}

function serverText(tab: Page): string | undefined {
  return site.streams.get(new URL(tab.url()).searchParams.get('stream') ?? '')?.text;
}

describe('with all connections of the browser taken', () => {
  test('Stop stops, and the last words are shown', async () => {
    const tabs = await openTabs(maxConnections);
    for (const tab of tabs) await generate(tab);
    for (const tab of tabs) {
      await tab.locator('#stop').click();
      await waitForState(tab, 'stopped');
      expect(await tab.locator('#status').textContent()).toBe('Stopped.');
      const shown = await textOf(tab);
      expect(shown).not.toBe('');
      expect(shown).toBe(serverText(tab)?.replace(/\r\n?/g, '\n'));
    }
    expect([...site.streams.values()].map(({ status }) => status)).toEqual(tabs.map(() => 'stopped'));
  }, slow);

  test('a further tab says why it gets no answer, and continues when another tab is closed', async () => {
    const [last, ...tabs] = await openTabs(maxConnections + 1);
    for (const tab of tabs) await generate(tab);
    await last?.locator('#generate').click();
    await last?.getByText('Too many tabs of this site are open').waitFor();
    await tabs[0]?.close();
    if (last !== undefined) await waitForState(last, 'streaming');
  }, slow);

  test('a further tab loads, and the text of the others stays whole', async () => {
    const tabs = await openTabs(maxConnections);
    for (const tab of tabs) await generate(tab);
    const [last] = await openTabs(1);
    await last?.locator('#generate').click();
    await last?.getByText('Too many tabs of this site are open').waitFor();
    for (const tab of tabs) {
      await tab.locator('#stop').click();
      await waitForState(tab, 'stopped');
      expect(await textOf(tab)).toBe(serverText(tab)?.replace(/\r\n?/g, '\n'));
    }
  }, slow);

  test('Stop passes the connection to a further tab that waits', async () => {
    const [last, first, ...tabs] = await openTabs(maxConnections + 1);
    if (last === undefined || first === undefined) throw new Error('There are no tabs.');
    for (const tab of [first, ...tabs]) await generate(tab);
    await last.locator('#generate').click();
    await last.getByText('Too many tabs of this site are open').waitFor();
    await first.locator('#stop').click();
    await waitForState(first, 'stopped');
    expect(serverText(first)).toBe(await textOf(first));
    await waitForState(last, 'streaming');
  }, slow);
});

test('a stop without an answer is called unconfirmed, and the text goes on', async () => {
  const [tab] = await openTabs(1);
  if (tab === undefined) throw new Error('There is no tab.');
  await generate(tab);
  site.intercept = ({ method }) => method === 'DELETE';
  await tab.locator('#stop').click();
  await tab.getByText('The stop could not be confirmed').waitFor();
  await waitForState(tab, 'streaming');
  const length = (await textOf(tab)).length;
  await expect.poll(async () => (await textOf(tab)).length, { timeout: 10_000 }).toBeGreaterThan(length);

  site.intercept = undefined;
  await tab.locator('#stop').click();
  await waitForState(tab, 'stopped');
  expect(await textOf(tab)).toBe(serverText(tab)?.replace(/\r\n?/g, '\n'));
});
