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

/** Asks for the first answer and then for each further one. */
async function converse(page: Page, prompts: readonly string[]): Promise<void> {
  await page.locator('#source').selectOption('chat');
  await page.locator('#prompt').fill(prompts[0] ?? '');
  await page.locator('#generate').click();
  await untilAnswered(page, 1);
  for (const [i, prompt] of prompts.slice(1).entries()) {
    await followUp(page, prompt);
    await untilAnswered(page, i + 2);
  }
}

async function followUp(page: Page, prompt: string): Promise<void> {
  await page.locator('#follow-up-prompt').fill(prompt);
  await page.locator('#follow-up button').click();
}

async function untilAnswered(page: Page, number: number): Promise<void> {
  await page.locator('#passage').getByText(`Answer ${number} to`).waitFor();
  await waitForState(page, 'completed');
  await page.locator('#follow-up').waitFor();
}

function turns(page: Page): Promise<string[]> {
  return page.locator('#conversation .turn-prompt, #conversation .turn-answer').allTextContents();
}

function streamsOf(page: Page): string[] {
  return new URL(page.url()).searchParams.getAll('stream');
}

function startedWith(): { source: string; prompt?: string; messages?: { role: string; content: string }[] }[] {
  return site.requests.filter(({ method, path }) => method === 'POST' && path === '/sse').map(({ body }) => JSON.parse(body));
}

const threeTurns = ['You asked: one', 'Answer 1 to *one*.', 'You asked: two', 'Answer 2 to *two*.', 'You asked: three'];

test('a follow-up continues the conversation, each answer in a stream of its own', async () => {
  const page = await open();
  await converse(page, ['one', 'two', 'three']);

  expect(await turns(page)).toEqual(threeTurns);
  expect(await textOf(page)).toBe('Answer 3 to *three*.');
  expect(await page.locator('#passage').getAttribute('class')).toBe('passage');
  expect(streamsOf(page)).toEqual([...site.streams.keys()]);
  expect(startedWith()).toEqual([
    { source: 'chat', prompt: 'one' },
    { source: 'chat', messages: [{ role: 'user', content: 'one' }, { role: 'assistant', content: 'Answer 1 to *one*.' }, { role: 'user', content: 'two' }] },
    {
      source: 'chat',
      messages: [
        { role: 'user', content: 'one' },
        { role: 'assistant', content: 'Answer 1 to *one*.' },
        { role: 'user', content: 'two' },
        { role: 'assistant', content: 'Answer 2 to *two*.' },
        { role: 'user', content: 'three' },
      ],
    },
  ]);
});

test('a reload shows the whole conversation, which can then be continued', async () => {
  const page = await open();
  await converse(page, ['one', 'two', 'three']);
  await page.reload();
  await untilAnswered(page, 3);

  expect(await turns(page)).toEqual(threeTurns);
  await followUp(page, 'four');
  await untilAnswered(page, 4);
  expect(streamsOf(page)).toHaveLength(4);
  expect(startedWith().at(-1)?.messages).toHaveLength(7);
});

test('a link opens all answers, without the prompts, which are private', async () => {
  const page = await open();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await converse(page, ['one', 'two', 'three']);
  await page.locator('#link').click();
  await page.getByText('The link is copied.').waitFor();
  const { pathname, search } = new URL(await page.evaluate(() => navigator.clipboard.readText()));

  const other = await open(pathname + search);
  await waitForState(other, 'completed');
  expect(await turns(other)).toEqual(['Answer 1 to *one*.', 'Answer 2 to *two*.']);
  expect(await textOf(other)).toBe('Answer 3 to *three*.');
  expect(await other.locator('#follow-up').isHidden()).toBe(true);
});

test('with an access token, the link has a grant for each stream', async () => {
  const page = await open();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.locator('.connection summary').click();
  await page.locator('#token').fill('secret');
  await converse(page, ['one', 'two']);
  site.intercept = ({ url }, response) => {
    if (url?.endsWith('/grants') !== true) return false;
    response.writeHead(201, { 'Content-Type': 'application/json' }).end(JSON.stringify({ grant: `grant-of-${url.split('/')[2]}` }));
    return true;
  };
  await page.locator('#link').click();
  await page.getByText('It shows this passage live.').waitFor();
  const { pathname, search, hash } = new URL(await page.evaluate(() => navigator.clipboard.readText()));
  site.requests.length = 0;
  const other = await open(pathname + search + hash);
  await waitForState(other, 'completed');
  await expect.poll(() => turns(other)).toEqual(['Answer 1 to *one*.']);

  for (const [i, part] of ['text', 'events'].entries()) {
    const streamId = streamsOf(page)[i];
    expect(site.requests.find(({ path }) => path === `/streams/${streamId}/${part}`)?.query.get('grant')).toBe(`grant-of-${streamId}`);
  }
});

test('Regenerate replaces the last answer only', async () => {
  const page = await open();
  await converse(page, ['one', 'two']);
  const before = streamsOf(page);
  await page.locator('#regenerate').click();
  await page.waitForFunction((last) => !location.search.includes(last), before[1] ?? '');
  await untilAnswered(page, 2);

  expect(streamsOf(page)[0]).toBe(before[0]);
  expect(streamsOf(page)).toHaveLength(2);
  expect(await turns(page)).toEqual(['You asked: one', 'Answer 1 to *one*.', 'You asked: two']);
  expect(startedWith().at(-1)).toEqual(startedWith().at(-2));
});

test('a follow-up that is refused can be changed', async () => {
  const page = await open();
  await converse(page, ['one', 'two']);
  site.intercept = ({ method }, response) => method === 'POST' && (sendProblem(response, 413, 'Too long'), true);
  await followUp(page, 'three, but too long');
  await waitForState(page, 'failed');
  await page.getByText('The prompt is too long.').waitFor();
  expect(await page.locator('#follow-up-prompt').inputValue()).toBe('three, but too long');

  site.intercept = undefined;
  await followUp(page, 'three');
  await untilAnswered(page, 3);
  expect(await turns(page)).toEqual(threeTurns);
  expect(startedWith().at(-1)?.messages?.map(({ content }) => content)).toEqual(['one', 'Answer 1 to *one*.', 'two', 'Answer 2 to *two*.', 'three']);
});

test('a reload after a refused follow-up keeps the conversation', async () => {
  const page = await open();
  await converse(page, ['one', 'two']);
  site.intercept = ({ method }, response) => method === 'POST' && (sendProblem(response, 413, 'Too long'), true);
  await followUp(page, 'three');
  await waitForState(page, 'failed');
  site.intercept = undefined;
  await page.reload();
  await untilAnswered(page, 2);

  expect(await turns(page)).toEqual(['You asked: one', 'Answer 1 to *one*.', 'You asked: two']);
  await followUp(page, 'three');
  await untilAnswered(page, 3);
  expect(await turns(page)).toEqual(threeTurns);
});

test('Clear and Generate begin a new conversation', async () => {
  const page = await open();
  await converse(page, ['one', 'two']);
  await page.locator('#generate').click();
  await untilAnswered(page, 1);
  expect(await page.locator('#conversation').isHidden()).toBe(true);
  expect(streamsOf(page)).toHaveLength(1);
  await page.locator('#reset').click();
  await waitForState(page, 'idle');
  expect(await page.locator('#follow-up').isHidden()).toBe(true);
});

test('earlier answers change their format with the last one', async () => {
  const page = await open();
  await converse(page, ['one', 'two']);
  await page.locator('.format label', { hasText: 'Markdown' }).click();
  await page.locator('#conversation .turn-answer em', { hasText: 'one' }).waitFor();
  await page.locator('.format label', { hasText: 'Plain' }).click();
  await page.locator('#conversation .turn-answer', { hasText: 'Answer 1 to *one*.' }).waitFor();
});

test('a source without conversations offers no follow-up', async () => {
  const page = await open();
  await page.locator('#generate').click();
  await waitForState(page, 'completed');
  expect(await page.locator('#follow-up').isHidden()).toBe(true);
});

describe('generation without viewers', () => {
  test('is requested by the box in the form, and a reload says that the text went on', async () => {
    const page = await open();
    await page.locator('#keep-generating').check();
    await page.locator('#option-words').fill('100000');
    await page.locator('#generate').click();
    await waitForState(page, 'streaming');
    expect(startedWith()).toMatchObject([{ onDisconnect: 'continue' }]);
    const address = page.url();
    await page.goto('about:blank');
    const [stream] = site.streams.values();
    const { length } = stream?.text ?? '';
    await expect.poll(() => stream?.text.length).toBeGreaterThan(length);
    await page.goto(address);

    await page.getByText('A part of this text was generated while this page was closed.').waitFor();
    expect(await page.locator('#keep-generating').isChecked()).toBe(true);
  });

  test('is said to the next reader of a stream that had none', async () => {
    const page = await open();
    await page.locator('#option-words').fill('100000');
    await page.locator('#generate').click();
    await waitForState(page, 'streaming');
    const { search } = new URL(page.url());
    const second = await open(`/${search}`);
    await waitForState(second, 'streaming');
    expect(await second.locator('#unwatched').isHidden()).toBe(true);
    await page.close();
    await second.close();
    await expect.poll(() => site.viewers.length).toBe(0);

    const third = await open(`/${search}`);
    await third.getByText('This text was being generated without a viewer').waitFor();
  });
});

describe('a prompt in the address', () => {
  test.each([
    ['short', 'GET', 'A short prompt'],
    ['long', 'POST', 'A long prompt. '.repeat(400)],
  ])('that is %s is sent by %s', async (_, method, prompt) => {
    const page = await open();
    await page.locator('.connection summary').click();
    await page.locator('#transport').selectOption('get');
    await page.locator('#source').selectOption('chat');
    await page.locator('#prompt').fill(prompt);
    await page.locator('#generate').click();
    await waitForState(page, 'completed');

    expect(site.requests.find(({ path }) => path === '/sse')?.method).toBe(method);
  });
});

test('an end without text is not called complete', async () => {
  site.script = [];
  const page = await open();
  await page.locator('#source').selectOption('script');
  await page.locator('#generate').click();
  await waitForState(page, 'completed');

  expect(await page.locator('#status').textContent()).toBe('The model gave no answer.');
});
