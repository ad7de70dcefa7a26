/** Elements made of what they hold. Whatever comes from outside becomes text, never markup. */

/** `el('button', { class: 'x', onclick }, 'text', child)` */
export function el(name, given = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value)
    else element.setAttribute(key, value === true ? '' : String(value))
  }
  element.append(
    ...children.flat().filter((child) => child !== undefined && child !== null && child !== false),
  )
  return element
}

/** Changes a text only if it is another one, so that nothing flickers. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text
}
