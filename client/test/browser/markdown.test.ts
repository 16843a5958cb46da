import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sendProblem, type StandIn } from '../server';
import { launch, longestTask, openPage, recordLongTasks, showScript, startSite, waitForState } from './site';

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
async function stream(text: string, pieces = /[^]{1,7}/gu, viewport = { width: 1280, height: 720 }): Promise<Page> {
  const page = await openPage(browser, site.url, { viewport });
  await recordLongTasks(page);
  await showScript(page, site, text.match(pieces) ?? [], { pace: 0, format: 'Markdown' });
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

test('a selection survives the text that follows', async () => {
  const page = await openPage(browser, site.url);
  await showScript(page, site, ['First *paragraph*, ', 'second ', '**sentence**', '.\n\n', '- one\n', '- two', ' and', ' three'], { pace: 300, format: 'Markdown' });
  await page.locator('#passage em').waitFor();
  await page.evaluate(() => {
    const text = document.querySelector('#passage p')?.firstChild;
    const emphasis = document.querySelector('#passage em')?.firstChild;
    if (text && emphasis) getSelection()?.setBaseAndExtent(text, 2, emphasis, 4);
  });
  await page.locator('#passage li').first().waitFor();
  expect(await page.evaluate(() => String(getSelection()))).toBe('rst para');
  await page.evaluate(() => {
    const item = [...document.querySelectorAll('#passage li')].at(-1)?.firstChild;
    if (item) getSelection()?.setBaseAndExtent(item, 0, item, 3);
  });
  const selected = await page.evaluate(() => String(getSelection()));
  await waitForState(page, 'completed');
  expect(await page.evaluate(() => String(getSelection()))).toBe(selected);
  expect(selected).toMatch(/one|two/);
});

test('a wide table scrolls in its box, and its cells break at words', async () => {
  const row = (cell: string) => `|${` ${cell} |`.repeat(6)}\n`;
  const page = await stream(`${row('heading')}${row('---')}${row('incomprehensibility of words')}${row('日本語の文章がここにあります')}`, /[^]+/gu, { width: 320, height: 640 });
  const sizes = await page.evaluate(() => {
    const box = document.querySelector('#passage [role="group"]');
    const cells = [...document.querySelectorAll('#passage td')].map((cell) => ({ width: cell.clientWidth, text: cell.scrollWidth }));
    return { page: document.documentElement.scrollWidth, box: box?.clientWidth ?? 0, table: box?.scrollWidth ?? 0, cells };
  });
  expect(sizes.page).toBe(320);
  expect(sizes.table).toBeGreaterThan(sizes.box);
  for (const { width, text } of sizes.cells) expect(width).toBeGreaterThanOrEqual(Math.max(text, 60));
});

test('Markdown that continues after an interruption is formatted as a whole', async () => {
  const text = `[a] and [b]\n\n[a]: https://example.org/a\n\n${'- item\n\nText with [a].\n\n'.repeat(20)}[b]: https://example.org/b\n`;
  const whole = await stream(text, /[^]+/gu);
  const page = await openPage(browser, site.url);
  await showScript(page, site, text.match(/[^]{1,9}/gu) ?? [], { pace: 40, format: 'Markdown' });
  await page.locator('#passage li').nth(2).waitFor();
  site.intercept = (_, response) => (sendProblem(response, 401, 'A token is required.'), true);
  site.drop();
  await waitForState(page, 'failed');
  expect(await page.locator('#passage li').count()).toBeLessThan(20);
  site.intercept = undefined;
  await page.locator('#continue').click();
  await waitForState(page, 'completed');
  expect(await htmlOf(page)).toBe(await htmlOf(whole));
  expect(await page.locator('#passage a').count()).toBe(22);
});
