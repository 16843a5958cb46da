import type { HttpError } from '../text-stream';
import { fetchSources } from './api';
import { copy, notify } from './clipboard';
import { byId } from './dom';
import { PassagePane, type Format } from './passage-pane';
import { streamsInAddress } from './location';
import type { SourceForm } from './source-form';
import { readFormat, readRequest, readToken, storeFormat, storeToken } from './storage';
import { StreamPage } from './stream-page';
import type { ConnectionChoice } from './stream-requests';

const request = byId<HTMLFormElement>('request');
const token = byId<HTMLInputElement>('token');
token.value = readToken();
/** Loaded together with the list of sources, which it shows. */
let form: SourceForm | undefined;
const pane = new PassagePane();
const page = new StreamPage(pane, () => ({
  method: byId<HTMLSelectElement>('transport').value as ConnectionChoice['method'],
  token: token.value,
}), (source) => form?.takesMessages(source) === true);

request.addEventListener('submit', (event) => {
  event.preventDefault();
  if (byId<HTMLButtonElement>('generate').disabled) return;
  const isKept = byId<HTMLInputElement>('keep-generating').checked;
  page.start({ ...form?.read(), ...(isKept && { onDisconnect: 'continue' }) });
});
byId('prompt').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) request.requestSubmit();
});

onClick('stop', () => void page.stop());
onClick('retry', () => page.retryNow());
onClick('continue', () => page.continue());
for (const id of ['regenerate', 'again']) onClick(id, () => page.regenerate());
onClick('reset', () => page.reset());
onClick('copy', () => void copy(pane.text, 'The passage is copied.'));
onClick('link', () => void import('./sharing').then(({ share }) => share(page.streamIds, token.value)));
onClick('reload-sources', () => void loadSources());
token.addEventListener('change', () => {
  storeToken(token.value);
  showRunning();
  // A loaded list stays, because the reader may have filled in the form.
  if (byId('sources-problem').hidden === false) void loadSources();
});

for (const format of ['plain', 'markdown'] as const) byId(format).addEventListener('change', () => void show(format));
if (readFormat() === 'markdown') {
  byId<HTMLInputElement>('markdown').checked = true;
  void show('markdown');
}

const streamIds = streamsInAddress();
if (!page.resume(streamIds)) page.join(streamIds);
void loadSources();
showRunning();
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) showRunning();
});

async function show(format: Format): Promise<void> {
  try {
    await pane.show(format);
    storeFormat(format);
  } catch {
    byId<HTMLInputElement>('plain').checked = true;
    await pane.show('plain');
    notify('Markdown could not be loaded. The text is shown as it is.');
  }
}

async function loadSources(): Promise<void> {
  const problem = byId('sources-problem');
  try {
    const [{ SourceForm }, sources] = await Promise.all([import('./source-form'), fetchSources(token.value)]);
    form ??= new SourceForm();
    form.fill(sources, readRequest()?.request);
    problem.hidden = true;
    page.updateConversation();
  } catch (error) {
    problem.hidden = false;
    if ((error as HttpError).status === 401) byId<HTMLDetailsElement>('connection').open = true;
  }
}

/** A convenience: the page says nothing if it can't be loaded. */
function showRunning(): void {
  const isShown = byId('running').hidden === false;
  if (token.value === '' && !isShown) return;
  import('./running-streams').then(({ showRunningStreams }) => showRunningStreams(token.value, page.streamIds)).catch(() => undefined);
}

function onClick(id: string, listener: () => void): void {
  byId(id).addEventListener('click', listener);
}
