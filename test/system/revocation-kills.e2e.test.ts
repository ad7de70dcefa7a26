import { revocationKills } from './support-e2e/revocation-kills.ts'

// Where a worker is killed: in the story of the revocation.
revocationKills([
  ['revocation.begun', 'before anything was done'],
  ['revocation.told', 'when the institution has answered and nobody knows it yet'],
  ['revocation.deleted', 'in the middle of the deletion'],
  ['revocation.shown', 'when what remains is shown'],
  ['revocation.receipt', 'before the receipt is written'],
  ['revocation.done', 'when the receipt is written and nobody knows it yet'],
])
