// Records docs/streaming.gif: a passage that streams, loses its connection, and goes on.
//
//   npm run animation [address of a running server]
//
// The page is opened through a relay of this script, so that it can take the network away and give it back.
import { mkdir, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import gifenc from 'gifenc';
import { chromium } from 'playwright-core';
import { PNG } from 'pngjs';

const { GIFEncoder, applyPalette, quantize } = gifenc;

const server = new URL(process.argv[2] ?? 'http://localhost:5081');
const output = fileURLToPath(new URL('../../docs/streaming.gif', import.meta.url));
const viewport = { width: 760, height: 470 };
const frameDelay = 125;
const colours = 48;
const mostBytes = 1_000_000;

const relay = await startRelay(server);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
  const frames = await record(browser);
  const gif = encode(frames);
  if (gif.length > mostBytes) throw new Error(`The animation has ${gif.length} bytes, which is more than ${mostBytes}.`);
  await mkdir(new URL('.', `file://${output}`), { recursive: true });
  await writeFile(output, gif);
  console.log(`${output}: ${frames.length} frames, ${gif.length} bytes`);
} finally {
  await browser.close();
  relay.close();
}

async function record(browser) {
  // The policy of the page would not have the styles that are added below.
  const page = await browser.newPage({ viewport, colorScheme: 'light', bypassCSP: true });
  await page.goto(relay.url);
  await page.locator('#source').selectOption('document');
  await page.locator('#option-file').fill('alice.txt');
  await page.locator('#option-pace').fill('280');
  // The passage alone: what is asked for can be read in the text that comes.
  await page.addStyleTag({ content: '.masthead, .request, .toolbar { display: none } .layout { display: block } .reading { min-height: 100dvh }' });

  const frames = [];
  let recording = true;
  const camera = (async () => {
    for (let due = Date.now(); recording; due += frameDelay) {
      await sleep(due - Date.now());
      frames.push(PNG.sync.read(await page.screenshot({ animations: 'allow' })));
    }
  })();

  const status = page.locator('#status');
  await page.evaluate(() => document.getElementById('generate').click());
  await page.waitForFunction(() => document.getElementById('passage').textContent.length > 500);
  relay.cut();
  await page.locator('#status[data-state="reconnecting"]').waitFor();
  await sleep(2_200);
  relay.mend();
  await page.locator('#status[data-state="completed"]').waitFor();
  await sleep(1_500);
  recording = false;
  await camera;

  const id = new URL(page.url()).searchParams.get('stream');
  const text = await (await fetch(new URL(`streams/${id}/text`, server))).text();
  const shown = await page.locator('#passage').evaluate((passage) => passage.textContent);
  if (shown !== text.replace(/\r\n?/g, '\n')) throw new Error('The page does not show what the server has. Nothing was written.');
  console.log(await status.textContent());
  return frames;
}

/** One palette for all frames. What did not change since the frame before is transparent, which packs to almost nothing. */
function encode(frames) {
  const { width, height } = frames[0];
  const samples = [0, 0.4, 0.6, 1].map((part) => frames[Math.round(part * (frames.length - 1))].data);
  const palette = quantize(new Uint8Array(Buffer.concat(samples)), colours);
  const transparentIndex = palette.length;
  palette.push([0, 0, 0]);

  const gif = GIFEncoder();
  let before;
  for (const [i, frame] of frames.entries()) {
    const pixels = applyPalette(new Uint8Array(frame.data), palette.slice(0, transparentIndex));
    const changes = before === undefined ? pixels : pixels.map((colour, at) => (colour === before[at] ? transparentIndex : colour));
    // The end stays long enough to be read.
    const delay = i === frames.length - 1 ? 3_000 : frameDelay;
    gif.writeFrame(changes, width, height, { delay, transparent: true, transparentIndex, dispose: 1, ...(i === 0 && { palette, repeat: 0 }) });
    before = pixels;
  }
  gif.finish();
  return gif.bytes();
}

async function startRelay(target) {
  const sockets = new Set();
  let isCut = false;
  const listener = createServer((inward) => {
    if (isCut) {
      inward.destroy();
      return;
    }
    const outward = connect(Number(target.port), target.hostname);
    for (const [one, other] of [[inward, outward], [outward, inward]]) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise((resolve) => listener.listen(0, 'localhost', resolve));
  return {
    url: `http://localhost:${listener.address().port}/`,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      isCut = false;
    },
    close() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));
}
