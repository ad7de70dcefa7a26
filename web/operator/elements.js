/** Elements made of what they hold. Whatever comes from outside becomes text, never markup. */

const SVG = 'http://www.w3.org/2000/svg'

/** `el('a', { href, class: 'x', onclick }, 'text', child)` */
export const el = (name, given = {}, ...children) => fill(document.createElement(name), given, children)

export const svg = (name, given = {}, ...children) =>
  fill(document.createElementNS(SVG, name), given, children)

/** Puts new children in the place of the old ones. */
export const show = (place, ...children) => place.replaceChildren(...children.flat().filter(isThere))

function fill(element, given, children) {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children.flat().filter(isThere))
  return element
}

const isThere = (child) => child !== undefined && child !== null
