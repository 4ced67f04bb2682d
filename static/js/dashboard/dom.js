// Elements without markup in strings: what a script writes is text and stays text.

/** Return a new element; `className` may be empty, children are elements or text. */
export function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

export const find = (selector) => document.querySelector(selector);

/** Make an empty stand-in visible or hidden together with what it stands in for. */
export function showInstead(placeholder, content, isEmpty) {
  placeholder.hidden = !isEmpty;
  content.hidden = isEmpty;
}
