import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StandIn } from '../server';
import { launch, openPage, showScript, startSite, textOf, waitForState } from './site';

let browser: Browser;
let site: StandIn;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser.close());

beforeEach(async () => {
  site = await startSite();
});

async function start(segments: readonly string[], pace = 0, format: 'Plain' | 'Markdown' = 'Plain'): Promise<Page> {
  const page = await openPage(browser, site.url);
  await showScript(page, site, segments, { pace, format });
  return page;
}

describe('a browser that translates the page', () => {
  /** As Google Translate does: each text node becomes an element with the translation. */
  function translate(page: Page): Promise<void> {
    return page.locator('#passage').evaluate((passage) => {
      const walker = document.createTreeWalker(passage, NodeFilter.SHOW_TEXT);
      const texts: Text[] = [];
      while (walker.nextNode() !== null) texts.push(walker.currentNode as Text);
      for (const text of texts) {
        const font = document.createElement('font');
        font.append(Object.assign(document.createElement('font'), { textContent: text.data.toUpperCase() }));
        text.replaceWith(font);
      }
    });
  }

  for (const format of ['Plain', 'Markdown'] as const) {
    test(`does not freeze the text as ${format}`, async () => {
      const page = await start(Array.from({ length: 60 }, (_, i) => `word${i}${i % 7 === 6 ? '.\n\n' : ' '}`), 150, format);
      for (const word of ['word2', 'word8', 'word16']) {
        await page.locator('#passage', { hasText: word }).waitFor();
        expect(await page.locator('#passage').getAttribute('translate')).toBe('no');
        await translate(page);
      }
      await waitForState(page, 'completed');

      const text = await textOf(page);
      for (const word of ['WORD0', 'word40', 'word59']) expect(text).toContain(word);
      expect(text.match(/word\d+/gi)).toEqual(Array.from({ length: 60 }, (_, i) => expect.stringMatching(new RegExp(`^word${i}$`, 'i'))));
      expect(await page.locator('#passage').getAttribute('translate')).toBeNull();
    });
  }

  test('may replace elements, too', async () => {
    const script = Array.from({ length: 60 }, (_, i) => `word${i} `);
    const page = await start(script, 150);
    for (const [word, selector] of [['word2', '.block > div'], ['word8', '.block']] as const) {
      await page.locator('#passage', { hasText: word }).waitFor();
      await page.locator(`#passage ${selector}`).last().evaluate((element) => element.replaceWith(element.cloneNode(true)));
    }
    await waitForState(page, 'completed');
    expect(await textOf(page)).toBe(script.join(''));
  });
});

describe('text of every script', () => {
  const script = ['English first.\n', 'ثم جملة عربية.\n\n', 'ואז עברית.\n', '最后是中文。'];

  test('has a direction for each paragraph of the plain text', async () => {
    const page = await start(script);
    await waitForState(page, 'completed');

    const paragraphs = page.locator('#passage .block > [dir="auto"]');
    expect(await paragraphs.allTextContents()).toEqual(script);
    expect(await paragraphs.evaluateAll((all) => all.map((element) => getComputedStyle(element).direction))).toEqual(['ltr', 'rtl', 'rtl', 'ltr']);
  });

  test('keeps its direction in a paragraph of several blocks', async () => {
    const long = ['كلمة '.repeat(2_000), 'English '.repeat(20)];
    const page = await start(long);
    await waitForState(page, 'completed');

    const directions = await page.locator('#passage .block > *').evaluateAll((all) => all.map((element) => getComputedStyle(element).direction));
    expect(directions.length).toBeGreaterThan(1);
    expect(new Set(directions)).toEqual(new Set(['rtl']));
    expect(await textOf(page)).toBe(long.join(''));
  });

  test('has a direction for each block of Markdown', async () => {
    const page = await start(['# عنوان\n\n', 'English.\n\n', '7. פריט\n8. item\n\n', '> نص\n\n', '| א | ב |\n|---|:-:|\n| ג | ד |\n\n', '```\nא = 1\n```\n'], 0, 'Markdown');
    await waitForState(page, 'completed');

    const directions = await page.locator('#passage :is(h3, p, ol, li, blockquote, table, th, pre, code)').evaluateAll((all) =>
      all.map((element) => `${element.localName} ${getComputedStyle(element).direction}`),
    );
    expect(directions).toEqual(['h3 rtl', 'p ltr', 'ol rtl', 'li rtl', 'li ltr', 'blockquote rtl', 'p rtl', 'table rtl', 'th rtl', 'th rtl', 'pre ltr', 'code ltr']);
    expect(await page.locator('#passage ol').getAttribute('start')).toBe('7');
    expect(await page.locator('#passage td').evaluateAll((all) => all.map((cell) => getComputedStyle(cell).textAlign))).toEqual(['start', '-webkit-center']);
  });

  test('is counted in words', async () => {
    const page = await start(['今天', '天气', '很好，', '我们', '去', '公园', '散步。'], 20);
    await waitForState(page, 'completed');

    expect(await page.locator('[data-stat="words"]').textContent()).toBe('7');
    expect(await page.locator('[data-stat="speed"]').textContent()).toMatch(/^[1-9]\d*\/s$/);
  });
});
