import type { OptionSchema, OptionValue, Source, SourceList, StartRequest } from './api';
import { byId, create } from './dom';

type Field = HTMLInputElement | HTMLSelectElement;

/** The part of the form that the server describes: its sources, and the options of the selected one. */
export class SourceForm {
  readonly #select = byId<HTMLSelectElement>('source');
  readonly #description = byId('source-description');
  readonly #options = byId('options');
  readonly #promptField = byId('prompt-field');
  readonly #prompt = byId<HTMLTextAreaElement>('prompt');
  readonly #keepGenerating = byId<HTMLInputElement>('keep-generating');
  #sources: readonly Source[] = [];
  /** The values that were entered for each source, for when it is selected again. */
  readonly #entered = new Map<string, Map<string, OptionValue>>();
  #shown: Source | undefined;

  constructor() {
    this.#select.addEventListener('change', () => this.#show(this.#select.value));
  }

  /** Fills the form, with the request from before a reload if there was one. */
  fill(list: SourceList, stored: StartRequest = {}): void {
    const { source: storedSource, prompt, messages, onDisconnect, ...options } = stored;
    if (this.#prompt.value === '') this.#prompt.value = prompt ?? messages?.[0]?.content ?? '';
    if (storedSource !== undefined && this.#shown === undefined) {
      this.#keepGenerating.checked = onDisconnect === 'continue';
      this.#entered.set(storedSource, new Map(Object.entries(options) as [string, OptionValue][]));
    }
    const selected = this.#shown?.name ?? storedSource ?? list.default;
    this.#sources = list.sources;
    this.#select.replaceChildren(...list.sources.map(({ name }) => create('option', { value: name, textContent: name })));
    this.#select.disabled = false;
    this.#show(list.sources.some(({ name }) => name === selected) ? selected : list.default);
  }

  /** The request, without options that have their default value. */
  read(): StartRequest {
    const source = this.#shown;
    if (source === undefined) return {};

    const request: Record<string, OptionValue> = { source: source.name };
    const prompt = this.#prompt.value.trim();
    if (source.takesPrompt && prompt !== '') request.prompt = prompt;
    for (const [name, schema] of Object.entries(source.options.properties ?? {})) {
      const value = valueOf(this.#field(name), schema);
      if (value !== undefined && value !== schema.default) request[name] = value;
    }
    return request;
  }

  takesMessages(name: string | undefined): boolean {
    return this.#sources.some((source) => source.name === name && source.takesMessages);
  }

  #show(name: string): void {
    this.#keepEntered();
    const source = this.#sources.find((one) => one.name === name);
    this.#shown = source;
    if (source === undefined) return;

    this.#select.value = name;
    this.#description.textContent = source.description;
    this.#promptField.hidden = !source.takesPrompt;
    const required = new Set(source.options.required);
    const entered = this.#entered.get(name);
    this.#options.replaceChildren(
      ...Object.entries(source.options.properties ?? {}).map(([option, schema]) =>
        optionField(option, schema, required.has(option), entered?.get(option) ?? schema.default),
      ),
    );
  }

  #keepEntered(): void {
    const names = Object.keys(this.#shown?.options.properties ?? {});
    if (this.#shown === undefined) return;
    this.#entered.set(this.#shown.name, new Map(names.map((name) => {
      const field = this.#field(name);
      return [name, isCheckbox(field) ? field.checked : field.value];
    })));
  }

  #field(option: string): Field {
    return byId<Field>(fieldId(option));
  }
}

function optionField(name: string, schema: OptionSchema, required: boolean, value: OptionValue | undefined): HTMLElement {
  const id = fieldId(name);
  const field = makeField(schema, value);
  Object.assign(field, { id, name, required });
  const label = create('label', { htmlFor: id, textContent: schema.title ?? words(name) });
  const parts: HTMLElement[] = isCheckbox(field) ? [create('div', { className: 'check' }, field, label)] : [label, field];
  if (schema.description !== undefined) {
    field.setAttribute('aria-describedby', `${id}-hint`);
    parts.push(create('p', { id: `${id}-hint`, className: 'hint', textContent: schema.description }));
  }
  return create('div', { className: 'field' }, ...parts);
}

function makeField(schema: OptionSchema, value: OptionValue | undefined): Field {
  if (schema.enum !== undefined) {
    const select = create('select', {}, ...schema.enum.map((choice) => create('option', { value: choice, textContent: choice })));
    if (value !== undefined) select.value = String(value);
    return select;
  }
  if (schema.type === 'boolean') return create('input', { type: 'checkbox', checked: value === true });

  const input = create('input', { type: isNumeric(schema) ? 'number' : 'text', autocomplete: 'off', spellcheck: false });
  if (isNumeric(schema)) {
    input.step = schema.type === 'integer' ? '1' : 'any';
    if (schema.minimum !== undefined) input.min = String(schema.minimum);
    if (schema.maximum !== undefined) input.max = String(schema.maximum);
  } else {
    if (schema.minLength !== undefined) input.minLength = schema.minLength;
    if (schema.maxLength !== undefined) input.maxLength = schema.maxLength;
  }
  input.value = value === undefined ? '' : String(value);
  return input;
}

/** `undefined`: the server uses its default. */
function valueOf(field: Field, schema: OptionSchema): OptionValue | undefined {
  if (isCheckbox(field)) return field.checked;
  if (field.value === '') return undefined;
  return isNumeric(schema) ? Number(field.value) : field.value;
}

function isNumeric({ type }: OptionSchema): boolean {
  return type === 'integer' || type === 'number';
}

function isCheckbox(field: Field): field is HTMLInputElement {
  return field.type === 'checkbox';
}

function fieldId(option: string): string {
  return `option-${option}`;
}

/** `firstSegmentTimeout` as a label: “First segment timeout”. */
function words(name: string): string {
  const spaced = name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[_-]+/g, ' ').toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
