export type TextFault = { says: string; text: (text: string) => string; type?: string }

/** Bodies that are no JSON, or JSON that says what nobody may believe. The length is right, so nothing seems to be missing. */
export const TEXT_FAULTS = {
  html: {
    says: 'a page of a proxy, with status 200',
    text: () => '<html><body>Bad gateway</body></html>',
    type: 'text/html',
  },
  empty: { says: 'status 200 and no body', text: () => '' },
  malformed: { says: 'JSON without its second half', text: (text) => text.slice(0, text.length / 2) },
  nested: {
    says: 'a list in a list, 10,000 deep',
    text: (text) => withFirst(text, `"deep":${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`),
  },
  bom: { says: 'a byte order mark before the JSON', text: (text) => `\uFEFF${text}` },
  'duplicate-keys': {
    says: 'each amount and the code twice, the first one wrong',
    text: (text) => withFirst(text.replaceAll(AMOUNTS, '$1"1",$&'), '"rsp_code":"50001"'),
  },
  prototype: {
    says: 'a field __proto__ and one named constructor, in the body and in each row',
    text: (text) => withFirst(text.replaceAll(/([[,])\{/g, `$1{${OWN_PROTOTYPE},`), OWN_PROTOTYPE),
  },
  native: {
    says: 'numbers and booleans instead of texts, which clients must accept',
    text: (text) =>
      text
        .replaceAll(/("\w+_(?:amt|cnt|rate)":)"(-?\d+(?:\.\d+)?)"/g, '$1$2')
        .replaceAll(/("is_\w+":)"(true|false)"/g, '$1$2'),
  },
  'not-a-number': { says: 'amounts are NaN', text: (text) => withAmounts(text, 'NaN') },
  'too-large': { says: 'amounts are 1e400', text: (text) => withAmounts(text, '1e400') },
  'over-2-53': {
    says: 'amounts are numbers that a double cannot hold, 9007199254740993',
    text: (text) => withAmounts(text, '9007199254740993'),
  },
  'minus-zero': { says: 'amounts are -0', text: (text) => withAmounts(text, '-0') },
  'bad-currency': {
    says: 'a currency that does not exist',
    text: (text) => text.replaceAll(/("currency_code":)"\w*"/g, '$1"₩₩₩"'),
  },
  'bad-dates': {
    says: 'the 41st of a 13th month',
    text: (text) =>
      text.replaceAll(DATES, (_, name, date) => `${name}"${'20261341256199'.slice(0, date.length)}"`),
  },
  'future-dates': {
    says: 'dates and times of the year 2099',
    text: (text) => text.replaceAll(DATES, (_, name, date) => `${name}"2099${date.slice(4)}"`),
  },
} as const satisfies Record<string, TextFault>

const DEPTH = 10_000
const AMOUNTS = /("\w+_amt":)"(-?[\d.]+)"/g
const DATES = /("\w+_(?:dtime|date)":)"(\d{8,14})"/g
const OWN_PROTOTYPE = '"__proto__":{"isConsented":true},"constructor":{"prototype":{"isConsented":true}}'

/** A field before all others of a body. */
function withFirst(text: string, field: string): string {
  return `{${field},${text.slice(1)}`
}

function withAmounts(text: string, number: string): string {
  return text.replaceAll(AMOUNTS, (_, name) => `${name}${number}`)
}
