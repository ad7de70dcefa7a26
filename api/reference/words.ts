import { html } from './html.ts'

/** The words that answers are written in. */
export const WORDS: readonly { word: string; korean: string; says: string }[] = [
  { word: 'institution', korean: '정보제공기관', says: 'Who holds data: a bank, a card company.' },
  {
    word: 'consent',
    korean: '전송요구',
    says: 'A user’s leave for one institution. Where it has ended, only the user can give it again.',
  },
  { word: 'event', korean: '사건', says: 'Something happened: a page was opened, a button pressed.' },
  {
    word: 'refresh',
    korean: '갱신',
    says: 'One order to make a user’s data fresh, with a reading of each institution in its plan.',
  },
  { word: 'collection', korean: '수집', says: 'One successful reading of one institution.' },
  {
    word: 'snapshot',
    korean: '스냅샷',
    says: 'A published cut: one collection of each institution, classified and analysed together. It never changes, except that a deletion takes from it.',
  },
  {
    word: 'fresh, carried over, absent',
    korean: '최신 · 이월 · 없음',
    says: 'A part that is as new as was asked; one that is older; one of which nothing is there.',
  },
  {
    word: 'complete, partial',
    korean: '완전 · 부분',
    says: 'Every required part is fresh and without gaps; or not, and the snapshot says what is missing and why.',
  },
  { word: 'classification', korean: '분류', says: 'A transaction’s category, and how sure it is.' },
  { word: 'analysis', korean: '분석', says: 'A document that an analyser made of a snapshot.' },
  { word: 'insight', korean: '발견', says: 'Something true that an analyser found. No advice.' },
]

export const TOKEN = html`<p>
    Every address under <code>/v1</code> needs a token of the issuer that this deployment trusts, in the
    <code>Authorization</code> header and nowhere else. Its subject is the person whose data is read.
  </p>
  <p>
    On one machine, <code>npm start</code> prints a token of the demo user, which lives for twelve hours. In a
    terminal:
  </p>
  <pre>
TOKEN=…                      # the line that npm start printed
API=http://127.0.0.1:3000    # where the API listens
curl -s -H "Authorization: Bearer $TOKEN" $API/v1/me/snapshot</pre>`
