import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { StandIn } from '../server';
import { launch, longestTask, openPage, recordLongTasks, startSite, waitForState } from './site';

let browser: Browser;
let site: StandIn;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser.close());

beforeEach(async () => {
  site = await startSite();
});

/** Streams the text in pieces and returns the page that shows it as Markdown. */
async function stream(text: string, pieces = /[^]{1,7}/gu): Promise<Page> {
  site.script = text.match(pieces) ?? [];
  const page = await openPage(browser, site.url);
  await recordLongTasks(page);
  await page.locator('#source option').first().waitFor({ state: 'attached' });
  await page.locator('.format label', { hasText: 'Markdown' }).click();
  await page.locator('#passage[data-format="markdown"]').waitFor();
  await page.locator('#source').selectOption('script');
  await page.locator('#option-pace').fill('0');
  await page.locator('#generate').click();
  await waitForState(page, 'completed');
  return page;
}

function htmlOf(page: Page): Promise<string> {
  return page.locator('#passage').evaluate((passage) => passage.innerHTML.replace(/<\/?div>/g, '').replace(/\s*\n\s*/g, '\n').trim());
}

test('Markdown is formatted the same in pieces and in one piece', async () => {
  const text = '# One\n\nTwo *three* [four]\n\n- five\n\n  six\n- seven\n\n1. eight\n2. nine\n\n```js\nten < 11\n```\n\n| a | b |\n|---|---|\n| c | d |\n\n[four]: https://example.org/4\n';
  const streamed = await stream(text);
  const whole = await stream(text, /[^]+/gu);

  expect(await htmlOf(streamed)).toBe(await htmlOf(whole));
  expect(await streamed.locator('#passage h3').textContent()).toBe('One');
  expect(await streamed.locator('#passage a').getAttribute('href')).toBe('https://example.org/4');
  expect(await streamed.locator('#passage a').getAttribute('rel')).toBe('noopener noreferrer nofollow');
  expect(await streamed.locator('#passage td').count()).toBe(2);
});

test('Markdown can be switched on and off for a finished passage', async () => {
  const page = await stream('A **b** c');
  await page.locator('.format label', { hasText: 'Plain' }).click();
  expect(await page.locator('#passage').textContent()).toBe('A **b** c');
  await page.locator('.format label', { hasText: 'Markdown' }).click();
  await page.locator('#passage strong').waitFor();
  expect(await page.locator('#passage').textContent()).toBe('A b c\n');
});

test('Markdown that is slow or deeply nested does not block the page', async () => {
  for (const text of ['>'.repeat(20_000), '['.repeat(20_000), '*a_'.repeat(7_000), '- '.repeat(3_000), '`'.repeat(20_001), '![]('.repeat(5_000)]) {
    const page = await stream(`Before\n\n${text}\n\nAfter`, /[^]{1,500}/gu);
    expect(await page.locator('#passage').textContent()).toContain('After');
    expect(await longestTask(page), text.slice(0, 10)).toBeLessThan(1_000);
    await page.context().close();
  }
});

test('a very long paragraph is not formatted on every frame', async () => {
  const page = await stream('word '.repeat(100_000), /[^]{1,50}/gu);
  const text = await page.locator('#passage').textContent();
  expect(text?.trim()).toBe('word '.repeat(100_000).trim());
  expect(await longestTask(page)).toBeLessThan(1_000);
});
