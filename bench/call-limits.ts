import type { Ground } from './ground.ts'

/**
 * Limits of calls by institution, for these people or for all. Limits travel in plan rows: a trigger of the benchmark's own
 * writes them there, so that the product need not know of it.
 */
export async function limitCalls(
  { owner }: Ground,
  callMs: ReadonlyMap<string, number>,
  userIds: readonly number[] | null,
): Promise<void> {
  const rows = [...callMs].flatMap(([id, ms]) => (userIds ?? [null]).map((userId) => ({ id, ms, userId })))
  await owner.unsafe(`
    CREATE TABLE IF NOT EXISTS bench_limits (institution_id text NOT NULL, call_ms int NOT NULL, user_id bigint);
    GRANT SELECT ON bench_limits TO PUBLIC;
    CREATE OR REPLACE FUNCTION bench_limit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      NEW.limits := NEW.limits || coalesce((SELECT jsonb_build_object('callMs', call_ms) FROM bench_limits
        WHERE institution_id = NEW.institution_id AND (user_id IS NULL OR user_id = NEW.user_id) LIMIT 1), '{}');
      RETURN NEW;
    END $$;
    CREATE OR REPLACE TRIGGER bench_limit BEFORE INSERT OR UPDATE ON plans FOR EACH ROW EXECUTE FUNCTION bench_limit()`)
  for (const { id, ms, userId } of rows)
    await owner`INSERT INTO bench_limits VALUES (${id}, ${Math.round(ms)}, ${userId})`
}

/** What the plans say holds again. */
export const limitNoCalls = ({ owner }: Ground): Promise<unknown> => owner`DELETE FROM bench_limits`
