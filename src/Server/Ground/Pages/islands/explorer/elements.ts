// Creates HTML elements.

type Attributes = Record<string, string | null | ((event: Event) => void)>;

/** @param attributes A function listens to the event of that name; null leaves the attribute out. */
export function element<K extends keyof HTMLElementTagNameMap>(name: K, attributes: Attributes = {}, ...content: (Node | string)[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value !== null) made.setAttribute(key, value);
  made.append(...content);
  return made;
}
