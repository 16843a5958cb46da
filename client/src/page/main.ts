import type { HttpError } from '../text-stream';
import { fetchSources } from './api';
import { copy, notify } from './copying';
import { byId } from './dom';
import { PassagePane, type Format } from './passage-pane';
import { recallFormat, recallRequest, recallToken, rememberFormat, rememberToken, streamInAddress } from './place';
import { SourceForm } from './source-form';
import { StreamPage, type ConnectionChoice } from './stream-page';

const request = byId<HTMLFormElement>('request');
const token = byId<HTMLInputElement>('token');
token.value = recallToken();
const form = new SourceForm();
const pane = new PassagePane();
const page = new StreamPage(pane, () => ({
  transport: byId<HTMLSelectElement>('transport').value as ConnectionChoice['transport'],
  token: token.value,
}));

request.addEventListener('submit', (event) => {
  event.preventDefault();
  if (byId<HTMLButtonElement>('generate').disabled) return;
  page.start(form.read());
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
onClick('link', () => void import('./sharing').then(({ share }) => share(page.streamId, token.value)));
onClick('reload-sources', () => void loadSources());
token.addEventListener('change', () => {
  rememberToken(token.value);
  // What was loaded is left alone: the reader may have filled in the form.
  if (!byId('sources-problem').hidden) void loadSources();
});

for (const format of ['plain', 'markdown'] as const) byId(format).addEventListener('change', () => void show(format));
if (recallFormat() === 'markdown') {
  byId<HTMLInputElement>('markdown').checked = true;
  void show('markdown');
}

const streamId = streamInAddress();
if (streamId !== undefined) page.join(streamId);
else page.resume();
void loadSources();

async function show(format: Format): Promise<void> {
  try {
    await pane.show(format);
    rememberFormat(format);
  } catch {
    byId<HTMLInputElement>('plain').checked = true;
    await pane.show('plain');
    notify('Markdown could not be loaded. The text is shown as it is.');
  }
}

async function loadSources(): Promise<void> {
  const problem = byId('sources-problem');
  try {
    form.fill(await fetchSources(token.value), recallRequest()?.request);
    problem.hidden = true;
  } catch (error) {
    problem.hidden = false;
    if ((error as HttpError).status === 401) byId<HTMLDetailsElement>('connection').open = true;
  }
}

function onClick(id: string, listener: () => void): void {
  byId(id).addEventListener('click', listener);
}
