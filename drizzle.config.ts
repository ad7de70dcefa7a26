import { defineConfig } from 'drizzle-kit'

/** `npm run db:generate` writes the next migration from the difference between db/schema and the last one. */
export default defineConfig({ dialect: 'postgresql', schema: './db/schema/index.ts', out: './db/migrations' })
