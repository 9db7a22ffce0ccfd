import { escapeControls } from '../escape-controls.js';

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;
export type Child = Node | string | undefined;

/** Longer texts are cut: whoever connects may choose them. */
const TEXT_LENGTH = 400;

/** Text of a log as a person may see it: nothing in it is obeyed, and it ends. */
export function plain(text: string, length = TEXT_LENGTH): string {
  const cut =
    text.length > length ? `${text.slice(0, length)}… (${text.length.toLocaleString('en-US')} characters)` : text;
  return escapeControls(cut);
}

/** An element with its attributes and children; what is text stays text. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  for (const child of children) if (child !== undefined) element.append(child);
  return element;
}

export function button(label: string, onClick: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const element = h('button', { type: 'button', ...attributes }, label);
  element.addEventListener('click', onClick);
  return element;
}

/** A list of terms; those without a value are left out. */
export function terms(rows: readonly (readonly [string, Child])[], className = 'terms'): HTMLElement {
  return h(
    'dl',
    { class: className },
    ...rows
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([term, value]) => h('div', {}, h('dt', {}, term), h('dd', {}, value))),
  );
}
