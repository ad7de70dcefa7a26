import { revocationKills } from './support-e2e/revocation-kills.ts'

// Where a worker is killed: in the story of a refresh beside the revocation.
revocationKills([
  ['reading.begun', 'while institutions are being read'],
  ['reading.answered', 'when a reading is about to be applied'],
  ['snapshot.cut', 'when a snapshot is cut'],
  ['snapshot.publishing', 'before a snapshot is published'],
  ['snapshot.published', 'when a snapshot is published and nobody knows it yet'],
])
