ALTER TABLE "users" ADD COLUMN "next_purge_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "snapshots" ADD COLUMN "purged_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "gone_from_accounts" ON "accounts" USING btree ("user_id","institution_id","removed_seq") WHERE removed_seq IS NOT NULL;--> statement-breakpoint
CREATE INDEX "gone_from_balances" ON "balances" USING btree ("user_id","institution_id","removed_seq") WHERE removed_seq IS NOT NULL;--> statement-breakpoint
CREATE INDEX "gone_from_bill_lines" ON "bill_lines" USING btree ("user_id","institution_id","removed_seq") WHERE removed_seq IS NOT NULL;--> statement-breakpoint
CREATE INDEX "gone_from_bills" ON "bills" USING btree ("user_id","institution_id","removed_seq") WHERE removed_seq IS NOT NULL;--> statement-breakpoint
CREATE INDEX "gone_from_contracts" ON "contracts" USING btree ("user_id","institution_id","removed_seq") WHERE removed_seq IS NOT NULL;--> statement-breakpoint
CREATE INDEX "gone_from_holdings" ON "holdings" USING btree ("user_id","institution_id","removed_seq") WHERE removed_seq IS NOT NULL;--> statement-breakpoint
CREATE INDEX "gone_from_points" ON "points" USING btree ("user_id","institution_id","removed_seq") WHERE removed_seq IS NOT NULL;--> statement-breakpoint
CREATE INDEX "gone_from_transactions" ON "transactions" USING btree ("user_id","institution_id","removed_seq") WHERE removed_seq IS NOT NULL;--> statement-breakpoint
CREATE INDEX "users_by_next_purge" ON "users" USING btree ("next_purge_at","user_id");--> statement-breakpoint
CREATE INDEX "gone_from_classifications" ON "classifications" USING btree ("user_id","removed_class_seq") WHERE removed_class_seq IS NOT NULL;--> statement-breakpoint
ALTER TABLE "snapshots" ADD CONSTRAINT "purged_is_not_building" CHECK ("snapshots"."purged_at" IS NULL OR "snapshots"."status" <> 'building');--> statement-breakpoint
-- The worker purges as the user whose turn it is; whose turn it is, it asks here: ids in order of time, and nothing else.
CREATE FUNCTION users_due_for_purge(after_due timestamptz, after_user bigint, most integer)
  RETURNS TABLE (user_id bigint, due_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$ SELECT u.user_id, u.next_purge_at FROM users u
    WHERE u.next_purge_at <= now() AND (u.next_purge_at, u.user_id) > (after_due, after_user)
    ORDER BY u.next_purge_at, u.user_id LIMIT most $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION users_due_for_purge(timestamptz, bigint, integer) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION users_due_for_purge(timestamptz, bigint, integer) TO moa_worker;
--> statement-breakpoint
GRANT UPDATE (next_purge_at) ON users TO moa_worker;
--> statement-breakpoint
GRANT DELETE ON snapshot_institutions, collections TO moa_worker;
