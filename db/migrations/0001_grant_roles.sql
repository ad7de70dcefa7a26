-- A role per process. None of them owns a table, none bypasses row-level security; passwords are given by whoever
-- runs the database, never here. Roles belong to the cluster: another database of it may have made them already.
DO $$
DECLARE role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['moa_api', 'moa_worker', 'moa_caretaker', 'moa_operator', 'moa_audit'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE', role_name);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
  END LOOP;
END $$;
--> statement-breakpoint
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO moa_api, moa_worker, moa_caretaker, moa_operator, moa_audit;
--> statement-breakpoint
-- Whose rows this transaction may see. Set by set_config('moa.user_id', …, true); '' once a transaction has ended.
CREATE FUNCTION current_user_id() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('moa.user_id', true), '')::bigint $$;
--> statement-breakpoint
-- No role reads users without knowing whose row it wants: these two say which, and nothing else.
CREATE FUNCTION user_id_by_key(wanted text) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$ SELECT user_id FROM users WHERE user_key = wanted $$;
--> statement-breakpoint
CREATE FUNCTION user_id_by_subject(wanted_issuer text, wanted_subject text) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$ SELECT user_id FROM users WHERE issuer = wanted_issuer AND subject = wanted_subject $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION user_id_by_key(text), user_id_by_subject(text, text) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION user_id_by_key(text) TO moa_worker, moa_caretaker;
--> statement-breakpoint
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO moa_api, moa_worker;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION user_id_by_subject(text, text) TO moa_api;
--> statement-breakpoint
DO $$
DECLARE table_name text;
BEGIN
  FOREACH table_name IN ARRAY ARRAY[
    'users', 'user_institutions', 'consents', 'credentials', 'data_keys', 'events', 'refreshes', 'plans', 'attempts',
    'collections', 'watermarks', 'accounts', 'balances', 'contracts', 'holdings', 'transactions',
    'snapshots', 'snapshot_institutions', 'classifications', 'analyses', 'published_snapshots'
  ] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
    EXECUTE format('CREATE POLICY own_rows ON %I TO moa_api, moa_worker USING (user_id = current_user_id()) WITH CHECK (user_id = current_user_id())', table_name);
  END LOOP;
  -- Across users, heads only: what the caretaker and an operator need to see that a refresh is stuck. No holdings.
  FOREACH table_name IN ARRAY ARRAY[
    'users', 'events', 'refreshes', 'plans', 'attempts', 'collections', 'snapshots', 'snapshot_institutions'
  ] LOOP
    EXECUTE format('CREATE POLICY all_heads ON %I TO moa_caretaker, moa_operator USING (true) WITH CHECK (true)', table_name);
  END LOOP;
END $$;
--> statement-breakpoint
-- The audit has no owner to be hidden from: it can be added to, and read by nobody but the migrator.
ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY additions ON audit FOR INSERT TO moa_audit WITH CHECK (true);
--> statement-breakpoint
GRANT INSERT ON audit TO moa_audit;
--> statement-breakpoint
GRANT SELECT ON institutions TO moa_api, moa_worker, moa_caretaker, moa_operator;
--> statement-breakpoint
GRANT INSERT, UPDATE ON institutions TO moa_api;
--> statement-breakpoint
-- The API: takes in users, consents and events, opens and joins refreshes, reads what is published.
GRANT SELECT, INSERT, UPDATE ON users, user_institutions, consents, credentials TO moa_api;
--> statement-breakpoint
GRANT SELECT, INSERT ON events TO moa_api;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON refreshes, plans TO moa_api;
--> statement-breakpoint
GRANT SELECT ON attempts, collections, accounts, balances, contracts, holdings, transactions, snapshots, snapshot_institutions, classifications, analyses, published_snapshots TO moa_api;
--> statement-breakpoint
-- What a revoke's fence takes from the cuts (the API writes it, in the transaction that ends the consent).
GRANT UPDATE (status, published_at) ON snapshots TO moa_api;
--> statement-breakpoint
GRANT UPDATE (state, seq, as_of, generation, reason, is_required, gaps) ON snapshot_institutions TO moa_api;
--> statement-breakpoint
GRANT DELETE ON analyses, credentials TO moa_api;
--> statement-breakpoint
-- The worker: everything a reading and a publication write. A row lock needs UPDATE on some column.
GRANT SELECT, UPDATE (state) ON users TO moa_worker;
--> statement-breakpoint
GRANT SELECT, UPDATE ON user_institutions, refreshes, plans TO moa_worker;
--> statement-breakpoint
GRANT SELECT ON consents, credentials TO moa_worker;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON attempts, collections, watermarks, snapshots, snapshot_institutions, classifications, analyses, published_snapshots TO moa_worker;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON accounts, balances, contracts, holdings, transactions TO moa_worker;
--> statement-breakpoint
GRANT DELETE ON classifications, analyses, watermarks TO moa_worker;
--> statement-breakpoint
GRANT SELECT, UPDATE (state) ON users TO moa_caretaker;
--> statement-breakpoint
GRANT SELECT, UPDATE ON events, refreshes, plans, attempts TO moa_caretaker;
--> statement-breakpoint
GRANT SELECT ON collections, snapshots, snapshot_institutions TO moa_caretaker;
--> statement-breakpoint
GRANT SELECT ON users, refreshes, plans, attempts, snapshots, snapshot_institutions TO moa_operator;
--> statement-breakpoint
GRANT SELECT (user_id, event_id, type, institution_id, outcome, refresh_no, due_at, occurred_at) ON events TO moa_operator;
