import type { Classifiable } from './rule.ts'

/** Text as rules compare it: full width made half, spaces gone, lower case. */
export const wordsOf = (text: string | null): string =>
  (text ?? '').normalize('NFKC').replaceAll(/\s+/g, '').toLowerCase()

/** All that the institution says of a row in words; the bar keeps two fields from making a word between them. */
export const saidOf = (row: Classifiable): string => `${wordsOf(row.typeText)}|${wordsOf(row.description)}`

// 이자 is interest only where the word ends there: 이자카야 is a pub, and 이자 begins names.
const INTEREST = /이자(?=$|[|\d()[\].,:/_-]|납입|상환|입금|지급|출금)/

/** Whether a row calls itself interest, paid or received. */
export const saysInterest = (row: Classifiable): boolean => INTEREST.test(saidOf(row))

/** A company's name as descriptors have it: without its legal form. */
export const bareName = (name: string): string => wordsOf(name).replaceAll(/주식회사|\(주\)|㈜/g, '')
