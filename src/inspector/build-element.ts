const SVG = 'http://www.w3.org/2000/svg';

/** Attributes by name. `undefined` and `false` omit one, `true` sets an empty one. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Child of an element. */
export type Child = Node | string;

/** Creates an HTML element. Strings become text nodes and are never parsed. */
export function html<N extends keyof HTMLElementTagNameMap>(
  name: N,
  attributes: Attributes = {},
  children: readonly Child[] | string = [],
): HTMLElementTagNameMap[N] {
  return filled(document.createElement(name), attributes, children);
}

/** Creates an SVG element. */
export function svg<N extends keyof SVGElementTagNameMap>(
  name: N,
  attributes: Attributes = {},
  children: readonly Child[] | string = [],
): SVGElementTagNameMap[N] {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled<E extends Element>(element: E, attributes: Attributes, children: readonly Child[] | string): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...(typeof children === 'string' ? [children] : children));
  return element;
}

/** Sets an element's text if it differs. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
