// Elements made from text: nothing that a file says is read as HTML.

/**
 * @param {string} tag
 * @param {string | Node | (string | Node)[]} [content]
 * @param {Record<string, string>} [attributes]
 */
export function element(tag, content = [], attributes = {}) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value) made.setAttribute(name, value);
  made.append(...(Array.isArray(content) ? content : [content]));
  return made;
}
