CREATE TABLE "audit_chain" (
	"position" bigint PRIMARY KEY NOT NULL,
	"audit_no" bigint NOT NULL,
	"previous_hash" "bytea" NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "one_position_per_entry" UNIQUE("audit_no")
);
--> statement-breakpoint
CREATE TABLE "audit_head" (
	"is_only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"position" bigint NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "there_is_one_head" CHECK ("audit_head"."is_only")
);
--> statement-breakpoint
-- In two steps: of entries that are there already nobody knows from where they were written.
ALTER TABLE "audit" ADD COLUMN "place" text, ADD COLUMN "db_role" text;
--> statement-breakpoint
ALTER TABLE "audit"
  ALTER COLUMN "place" SET DEFAULT current_setting('application_name') || '@' || coalesce(host(inet_client_addr()), 'local'),
  ALTER COLUMN "db_role" SET DEFAULT session_user;
--> statement-breakpoint
-- Reads the audit and its chain, and does nothing else. Another database of the cluster may have made the role already.
DO $$
BEGIN
  CREATE ROLE moa_auditor LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO moa_auditor;
--> statement-breakpoint
GRANT SELECT ON audit, audit_chain, audit_head TO moa_auditor;
--> statement-breakpoint
CREATE POLICY auditing ON audit FOR SELECT TO moa_auditor USING (true);
--> statement-breakpoint
-- How far the chain reaches goes to the log every hour.
GRANT SELECT ON audit_head TO moa_caretaker;
--> statement-breakpoint
-- Number, time and role are the database's word: whoever adds an entry gives the rest.
REVOKE INSERT ON audit FROM moa_audit, moa_api, moa_worker, moa_caretaker, moa_operator, moa_keys;
--> statement-breakpoint
GRANT INSERT (actor, action, user_key, institution_id, reason, details, place) ON audit
  TO moa_audit, moa_api, moa_worker, moa_caretaker, moa_operator, moa_keys;
--> statement-breakpoint
-- What stands in an entry, at its place in the chain: each field with its length before it, so that no two entries read alike
-- (db/audit-chain.ts says the same in TypeScript).
CREATE FUNCTION audit_field(field text) RETURNS text LANGUAGE sql IMMUTABLE
  AS $$ SELECT CASE WHEN field IS NULL THEN '-' ELSE octet_length(field) || ':' || field END $$;
--> statement-breakpoint
CREATE FUNCTION audit_hash(at_position bigint, previous bytea, entry audit) RETURNS bytea LANGUAGE sql STABLE
  SET search_path = public, pg_temp
AS $$
  SELECT sha256(convert_to(concat_ws(',', 'moa audit 1', at_position::text, encode(previous, 'hex'),
    audit_field(entry.audit_no::text),
    audit_field(to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')),
    audit_field(entry.actor), audit_field(entry.db_role), audit_field(entry.place), audit_field(entry.action),
    audit_field(entry.user_key), audit_field(entry.institution_id), audit_field(entry.reason),
    audit_field(entry.details::text)), 'UTF8'))
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION audit_hash(bigint, bytea, audit) FROM PUBLIC;
--> statement-breakpoint
INSERT INTO audit_head (position, hash) VALUES (0, decode(repeat('00', 32), 'hex'));
--> statement-breakpoint
-- One more entry at the end of the chain. Deferred to the end of each transaction, so that the head is the last of all that
-- it locks: positions have no gaps, follow the order of commits, and no writer can deadlock with another.
CREATE FUNCTION chain_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE head audit_head; made bytea;
BEGIN
  SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
  made := audit_hash(head.position + 1, head.hash, NEW);
  INSERT INTO audit_chain (position, audit_no, previous_hash, hash)
    VALUES (head.position + 1, NEW.audit_no, head.hash, made);
  UPDATE audit_head SET position = head.position + 1, hash = made;
  RETURN NULL;
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION chain_audit() FROM PUBLIC;
--> statement-breakpoint
-- Entries that are there already, in the order of their numbers: it is all that is known of them.
DO $$
DECLARE entry audit; head audit_head; made bytea;
BEGIN
  FOR entry IN SELECT * FROM audit ORDER BY audit_no LOOP
    SELECT * INTO STRICT head FROM audit_head;
    made := audit_hash(head.position + 1, head.hash, entry);
    INSERT INTO audit_chain VALUES (head.position + 1, entry.audit_no, head.hash, made);
    UPDATE audit_head SET position = head.position + 1, hash = made;
  END LOOP;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER each_entry_is_chained AFTER INSERT ON audit
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chain_audit();
--> statement-breakpoint
-- Not even by its owner's mistake; who means it must first say so (ALTER TABLE … DISABLE TRIGGER), and verification finds it.
CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit is added to, never changed' USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION refuse_change_of_audit() FROM PUBLIC;
--> statement-breakpoint
CREATE TRIGGER no_change_of_audit BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit();
--> statement-breakpoint
CREATE TRIGGER no_change_of_chain BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_chain
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit();
--> statement-breakpoint
CREATE TRIGGER no_chain_by_hand BEFORE INSERT ON audit_chain
  FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_change_of_audit();
--> statement-breakpoint
CREATE TRIGGER no_head_by_hand BEFORE INSERT OR UPDATE OR DELETE ON audit_head
  FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_change_of_audit();
--> statement-breakpoint
CREATE TRIGGER no_end_of_head BEFORE TRUNCATE ON audit_head
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit();
