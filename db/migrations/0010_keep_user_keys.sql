CREATE INDEX "data_keys_by_wrapping" ON "data_keys" USING btree ("wrapping_key_id","user_id","key_no");--> statement-breakpoint
ALTER TABLE "data_keys" ADD CONSTRAINT "key_no_is_a_byte" CHECK ("data_keys"."key_no" BETWEEN 1 AND 255);--> statement-breakpoint
-- Wraps keys of users anew, and does nothing else. Another database of the cluster may have made the role already.
DO $$
BEGIN
  CREATE ROLE moa_keys LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO moa_keys;
--> statement-breakpoint
-- A key is made by whoever needs it first, and never changed by them.
GRANT SELECT, INSERT ON data_keys TO moa_api, moa_worker;
--> statement-breakpoint
CREATE POLICY wrappings ON data_keys FOR SELECT TO moa_keys USING (true);
--> statement-breakpoint
CREATE POLICY rewrapping ON data_keys FOR UPDATE TO moa_keys USING (true) WITH CHECK (true);
--> statement-breakpoint
GRANT SELECT (user_id, key_no, wrapping_key_id, wrapped), UPDATE (wrapping_key_id, wrapped) ON data_keys TO moa_keys;
--> statement-breakpoint
CREATE POLICY rotations ON audit FOR INSERT TO moa_keys WITH CHECK (true);
--> statement-breakpoint
GRANT INSERT ON audit TO moa_keys;
--> statement-breakpoint
-- For the check at a start: of each id that wraps anything three keys, wrapped, so that one that is spoilt does not speak for
-- all. A step of the index per id, however many users.
CREATE FUNCTION data_keys_to_try()
  RETURNS TABLE (user_id bigint, key_no integer, wrapping_key_id text, wrapped bytea)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  WITH RECURSIVE ids AS (
    (SELECT d.wrapping_key_id AS id FROM data_keys d ORDER BY d.wrapping_key_id LIMIT 1)
    UNION ALL
    SELECT (SELECT d.wrapping_key_id FROM data_keys d WHERE d.wrapping_key_id > ids.id ORDER BY d.wrapping_key_id LIMIT 1)
    FROM ids WHERE ids.id IS NOT NULL
  )
  SELECT tried.* FROM ids CROSS JOIN LATERAL (
    SELECT d.user_id, d.key_no, d.wrapping_key_id, d.wrapped FROM data_keys d WHERE d.wrapping_key_id = ids.id
    ORDER BY d.user_id, d.key_no LIMIT 3) tried
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION data_keys_to_try() FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION data_keys_to_try() TO moa_api, moa_worker, moa_keys;
