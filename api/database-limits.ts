/**
 * A statement that waits longer for a row lets go and is tried again; none of the API's statements should take a
 * second, so ten seconds is a database in trouble, and the caller is told so.
 */
export const DATABASE_LIMITS = { lockTimeoutMs: 2_000, statementTimeoutMs: 10_000 }
