export * from './holdings.ts'
export * from './people.ts'
export * from './refreshes.ts'
export * from './snapshots.ts'
