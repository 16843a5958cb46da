import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sendProblem, type StandIn } from '../server';
import { launch, openPage, startSite, textOf, waitForState } from './site';

let browser: Browser;
let site: StandIn;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser.close());

beforeEach(async () => {
  site = await startSite();
});

async function open(path = '/'): Promise<Page> {
  const page = await openPage(browser, `${site.url}${path}`);
  await page.locator('#source option').first().waitFor({ state: 'attached' });
  return page;
}

async function ask(page: Page, options: { words?: number; pace?: number; source?: string } = {}): Promise<void> {
  if (options.source !== undefined) await page.locator('#source').selectOption(options.source);
  if (options.words !== undefined) await page.locator('#option-words').fill(String(options.words));
  if (options.pace !== undefined) await page.locator('#option-pace').fill(String(options.pace));
  await page.locator('#generate').click();
}

async function untilWords(page: Page, count: number): Promise<void> {
  await page.waitForFunction((atLeast) => (document.getElementById('passage')?.textContent ?? '').split(/\s+/).length >= atLeast, count);
}

/** The text of the only stream, with line ends normalized to LF. */
function serverText(): string {
  const [stream, ...others] = site.streams.values();
  expect(others).toEqual([]);
  return (stream?.text ?? '').replace(/\r\n?/g, '\n');
}

test('a reload during a stream keeps the request and continues; Regenerate repeats the request', async () => {
  const page = await open();
  await ask(page, { words: 400, pace: 5 });
  await untilWords(page, 50);
  await page.reload();
  await waitForState(page, 'completed');

  expect(await textOf(page)).toBe(serverText());
  expect(await page.locator('#option-words').inputValue()).toBe('400');
  await page.locator('#regenerate').click();
  await page.waitForFunction((first) => !location.search.includes(first) && location.search !== '', [...site.streams.keys()][0] ?? '');
  expect(site.requests.filter(({ method }) => method === 'POST').map(({ body }) => body)).toEqual([
    '{"source":"lorem","words":400,"pace":5}',
    '{"source":"lorem","words":400,"pace":5}',
  ]);
});

test('a user who returns sees the running streams, and opens one', async () => {
  const first = await open();
  await ask(first, { words: 4_000, pace: 100 });
  await expect.poll(() => site.streams.size).toBe(1);
  const id = [...site.streams.keys()][0] ?? '';
  expect(await first.locator('#running').isVisible()).toBe(false);
  expect(site.requests.filter(({ path }) => path === '/streams')).toEqual([]);

  const second = await open();
  await second.locator('#connection summary').click();
  await second.locator('#token').fill('a token');
  await second.locator('#token').press('Tab');
  await second.locator('#running a').waitFor();
  const listed = second.waitForResponse((response) => response.url().includes('/streams?'));
  await second.locator('#running a').click();
  await second.waitForURL(`**/?stream=${id}`);
  await waitForState(second, 'streaming');

  await (await listed).finished();
  expect(await second.locator('#running').isVisible()).toBe(false);
  expect(site.streams.size).toBe(1);
});

test('a reload before the first response repeats the request', async () => {
  const page = await open();
  // The server processes the request, but the client receives no response.
  site.intercept = ({ method }, response) => {
    if (method === 'POST') Object.assign(response, { writeHead: () => response, write: () => true, end: () => response });
    return false;
  };
  await ask(page, { words: 200, pace: 5 });
  await page.waitForFunction(() => document.body.dataset.state === 'connecting');
  await expect.poll(() => site.streams.size).toBe(1);
  site.intercept = undefined;
  await page.reload();
  await waitForState(page, 'completed');

  expect(await textOf(page)).toBe(serverText());
  expect(site.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
  await page.goto(site.url);
  expect(await page.locator('#status').getAttribute('data-state')).toBe('idle');
});

test('the page shows the time until the next retry, and can retry at once', async () => {
  const page = await open();
  await ask(page, { words: 200, pace: 5 });
  await untilWords(page, 20);
  site.intercept = (_, response) => (response.setHeader('Retry-After', '600'), sendProblem(response, 503, 'Busy'), true);
  site.drop();
  await page.locator('#countdown', { hasText: /In 6\d\d s\./ }).waitFor();
  site.intercept = undefined;
  await page.locator('#retry').click();
  await waitForState(page, 'completed');

  expect(await textOf(page)).toBe(serverText());
});

test('after the page was offline, no text is missing', async () => {
  const page = await open();
  await ask(page, { words: 400, pace: 10 });
  await untilWords(page, 20);
  await page.context().setOffline(true);
  site.drop();
  await page.getByText('You are offline').waitFor();
  await page.context().setOffline(false);
  await waitForState(page, 'completed');

  expect(await textOf(page)).toBe(serverText());
});

test('a refusal explains what to do; Continue resumes the stream with the required token', async () => {
  const page = await open();
  await ask(page, { words: 300, pace: 5 });
  await untilWords(page, 20);
  site.intercept = ({ headers }, response) => headers.authorization !== 'Bearer open sesame' && (sendProblem(response, 401, 'Who are you?'), true);
  site.drop();
  await waitForState(page, 'failed');
  await page.getByText('The server wants to know who you are.').waitFor();
  await page.locator('.connection summary').click();
  await page.locator('#token').fill('open sesame');
  await page.locator('#continue').click();
  await waitForState(page, 'completed');

  expect(await textOf(page)).toBe(serverText());
  expect(await page.locator('#problem').isHidden()).toBe(true);
});

test('a stream by GET and its stop send the access token in a header, not in the address', async () => {
  const page = await open();
  await page.locator('.connection summary').click();
  await page.locator('#token').fill('secret');
  await page.locator('#transport').selectOption('get');
  await ask(page, { words: 10_000, pace: 5 });
  await untilWords(page, 5);
  await page.locator('#stop').click();
  await waitForState(page, 'stopped');

  for (const request of [site.requests.find(({ path }) => path === '/sse'), site.requests.find(({ method }) => method === 'DELETE')]) {
    expect(request?.headers.authorization).toBe('Bearer secret');
    expect(request?.query.has('access_token')).toBe(false);
  }
});

test('with an access token, Copy link creates a grant; a page opened by the link uses the grant and keeps it after a reload', async () => {
  const page = await open();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.locator('.connection summary').click();
  await page.locator('#token').fill('secret');
  await ask(page, { words: 20, pace: 0 });
  await waitForState(page, 'completed');
  site.intercept = ({ url, headers }, response) => {
    if (url?.endsWith('/grants') !== true) return false;
    response.writeHead(headers.authorization === 'Bearer secret' ? 201 : 401, { 'Content-Type': 'application/json' }).end('{"grant":"a-grant"}');
    return true;
  };
  await page.locator('#link').click();
  await page.getByText('It shows this passage live.').waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toBe(`${page.url()}#grant=a-grant`);

  const { pathname, search, hash } = new URL(link);
  const other = await open(pathname + search + hash);
  for (const look of ['opened', 'reloaded']) {
    site.requests.length = 0;
    if (look === 'reloaded') await other.reload();
    await waitForState(other, 'completed');
    expect(await textOf(other)).toBe(serverText());
    expect(new URL(other.url()).hash, look).toBe('#grant=a-grant');
  }
  expect(site.requests.find(({ path }) => path.endsWith('/events'))?.query.get('grant')).toBe('a-grant');
});

test('a reload keeps the access token, and another tab does not receive it', async () => {
  const page = await open();
  await page.locator('.connection summary').click();
  await page.locator('#token').fill('secret');
  await page.locator('#token').blur();
  await page.reload();
  expect(await page.locator('#token').inputValue()).toBe('secret');
  const other = await page.context().newPage();
  await other.goto(page.url());
  expect(await other.locator('#token').inputValue()).toBe('');
});

test('the token field is shown if the server requires authentication', async () => {
  site.intercept = ({ url }, response) => url === '/sources' && (sendProblem(response, 401, 'Who are you?'), true);
  const page = await openPage(browser, site.url);
  await page.locator('#token').waitFor({ state: 'visible' });
});

test('errors of the server about form fields are shown', async () => {
  const page = await open();
  site.intercept = ({ method }, response) =>
    method === 'POST' && (sendProblem(response, 400, 'The request is not valid.', undefined, { words: ["'words' must be at most 7."] }), true);
  await ask(page, { words: 8 });
  await waitForState(page, 'failed');

  expect(await page.locator('#problem-details').textContent()).toBe("'words' must be at most 7.");
  expect(await page.locator('#continue').isHidden()).toBe(true);
});

test('a failed passage shows the problem and keeps the received text', async () => {
  const page = await open();
  await ask(page, { source: 'failing', pace: 1 });
  await waitForState(page, 'failed');

  expect(await textOf(page)).toBe(serverText());
  expect(await page.locator('#problem').textContent()).toContain('The source ran dry after twelve words.');
  await page.locator('#again').click();
  await expect.poll(() => site.streams.size).toBe(2);
});

test('a link to a deleted stream explains what to do', async () => {
  const page = await open('/?stream=nobody');
  await waitForState(page, 'failed');

  expect(await page.locator('#problem').textContent()).toContain('The server no longer keeps this passage.');
  await page.locator('#reset').click();
  await waitForState(page, 'idle');
  expect(page.url()).toBe(`${site.url}/`);
});

test('without a list of sources the server’s default is used, and the list can be reloaded', async () => {
  site.intercept = ({ url }, response) => url === '/sources' && (sendProblem(response, 500, 'No'), true);
  const page = await openPage(browser, site.url);
  await page.locator('#reload-sources').waitFor();
  await page.locator('#generate').click();
  await waitForState(page, 'completed');
  expect(await textOf(page)).toBe(serverText());

  site.intercept = undefined;
  await page.locator('#reload-sources').click();
  await page.locator('#option-words').waitFor();
  expect(await page.locator('#sources-problem').isHidden()).toBe(true);
});

test('the form shows the options of the source, and keeps their values when the source is selected again', async () => {
  const page = await open();
  await page.locator('#source').selectOption('script');
  expect(await page.locator('#options label').allTextContents()).toEqual(['Pace', 'Style', 'Loud']);
  await page.locator('#option-loud').check();
  await page.locator('#option-style').selectOption('plain');
  await page.locator('#option-pace').fill('0');
  await page.locator('#prompt').fill('Something');
  await page.locator('#source').selectOption('lorem');
  await page.locator('#source').selectOption('script');
  await page.locator('#prompt').press('Control+Enter');
  await waitForState(page, 'completed');

  expect(JSON.parse(site.requests.find(({ method }) => method === 'POST')?.body ?? '')).toEqual({
    source: 'script',
    prompt: 'Something',
    pace: 0,
    style: 'plain',
    loud: true,
  });
});

describe('following', () => {
  test('stops when the reader scrolls up, and can be resumed', async () => {
    const page = await open();
    await ask(page, { words: 20_000, pace: 1 });
    await untilWords(page, 600);
    await page.mouse.move(700, 300);
    await page.mouse.wheel(0, -300);
    await page.locator('#latest').waitFor();
    // Smooth scrolling continues after following has stopped, but the page must not scroll down again.
    const top = await page.evaluate(() => scrollY);
    await untilWords(page, 1_500);
    expect(await page.evaluate(() => scrollY)).toBeLessThanOrEqual(top);

    await page.locator('#latest').click();
    await page.locator('#latest').waitFor({ state: 'hidden' });
    await untilWords(page, 2_000);
    expect(await page.evaluate(() => document.documentElement.scrollHeight - innerHeight - scrollY)).toBeLessThan(100);
  });

  test('stops when the keyboard scrolls up', async () => {
    const page = await open();
    await ask(page, { words: 20_000, pace: 1 });
    await untilWords(page, 600);
    await page.locator('#passage').focus();
    await page.keyboard.press('PageUp');
    await page.locator('#latest').waitFor();
  });
});

test('the focus moves to the next available action', async () => {
  const page = await open();
  await page.locator('#generate').focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.id === 'stop');
  await page.keyboard.press('Enter');
  await waitForState(page, 'stopped');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('generate');
});

test('the live region announces whole sentences', async () => {
  const page = await open();
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    const region = document.getElementById('announcer');
    if (region !== null) new MutationObserver(() => said.push(region.textContent ?? '')).observe(region, { childList: true });
  });
  site.script = ['It', ' began', '. It', ' went on', '. And', ' it ended', '.'];
  await ask(page, { source: 'script', pace: 30 });
  await waitForState(page, 'completed');

  const said = await page.evaluate(() => (window as unknown as { said: string[] }).said);
  expect(said.filter((text) => text !== '').join(' ')).toBe('It began. It went on. And it ended.');
  expect(await page.locator('#passage').getAttribute('aria-live')).toBe('off');
});

test('Copy and Copy link write to the clipboard', async () => {
  const page = await open();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await ask(page, { words: 200, pace: 0 });
  await waitForState(page, 'completed');
  await page.locator('#copy').click();
  await page.getByText('The passage is copied.').waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(serverText());

  await page.locator('#link').click();
  await page.getByText('The link is copied.').waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
});

test('a selection of the passage is copied unchanged', async () => {
  const page = await open();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await ask(page, { words: 3_000, pace: 0 });
  await waitForState(page, 'completed');
  await page.evaluate(() => getSelection()?.selectAllChildren(document.getElementById('passage') as HTMLElement));
  await page.keyboard.press('Control+c');

  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(serverText());
});

test('a server that is replaced quickly changes nothing on the page; one that takes longer is explained', async () => {
  const page = await open();
  await ask(page, { words: 4_000, pace: 5 });
  await untilWords(page, 20);
  const shown = page.evaluate(() => {
    const texts: string[] = [];
    Object.assign(window, { shown: texts });
    const status = document.getElementById('status');
    if (status !== null) new MutationObserver(() => texts.push(status.textContent)).observe(status, { childList: true, characterData: true, subtree: true });
  });
  await shown;
  site.endResponses();
  const count = (await textOf(page)).split(/\s+/).length;
  await untilWords(page, count + 100);
  expect(await page.evaluate(() => (window as unknown as { shown: string[] }).shown.filter((text) => text !== 'Streaming…'))).toEqual([]);

  site.endResponses();
  await site.close();
  await page.locator('#status', { hasText: 'The server is being replaced. The text will go on.' }).waitFor();
  await site.listen();
  await page.locator('#status', { hasText: 'Streaming…' }).waitFor();
  await page.locator('#stop').click();
  await waitForState(page, 'stopped');
  expect(await textOf(page)).toBe(serverText());
});
