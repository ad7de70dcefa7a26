CREATE TABLE "institution_slots" (
	"institution_id" text NOT NULL,
	"slot_no" integer NOT NULL,
	"holder" uuid,
	"expires_at" timestamp (3) with time zone,
	CONSTRAINT "institution_slots_institution_id_slot_no_pk" PRIMARY KEY("institution_id","slot_no")
);
--> statement-breakpoint
ALTER TABLE "institutions" ADD COLUMN "concurrency" integer DEFAULT 100 NOT NULL;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "tries_again" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "plans" ADD COLUMN "not_before" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "plans" ADD COLUMN "waits" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "refreshes" ADD COLUMN "wake_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "events_that_try_again" ON "events" USING btree ("user_id","occurred_at") WHERE tries_again;--> statement-breakpoint
CREATE INDEX "plans_that_wait" ON "plans" USING btree ("next_try_at") WHERE next_try_at IS NOT NULL;--> statement-breakpoint
ALTER TABLE "institutions" ADD CONSTRAINT "concurrency_is_a_limit" CHECK ("institutions"."concurrency" BETWEEN 1 AND 10000);--> statement-breakpoint
ALTER TABLE "plans" ADD CONSTRAINT "only_what_has_settled_waits" CHECK ("plans"."next_try_at" IS NULL OR "plans"."state" IN ('failed', 'collected'));--> statement-breakpoint
ALTER TABLE "refreshes" ADD CONSTRAINT "parked_refreshes_wake" CHECK (("refreshes"."state" = 'parked') = ("refreshes"."wake_at" IS NOT NULL));--> statement-breakpoint
-- Leases of seconds to minutes: a crash may empty them, and nobody should wait for their WAL.
ALTER TABLE "institution_slots" SET UNLOGGED;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON institution_slots TO moa_worker;
--> statement-breakpoint
GRANT SELECT ON institution_slots TO moa_caretaker, moa_operator;
--> statement-breakpoint
-- An act and its entry in the audit are one transaction, so whoever acts may add; nobody who acts may read or change.
CREATE POLICY acts ON audit FOR INSERT TO moa_worker, moa_caretaker, moa_operator WITH CHECK (true);
--> statement-breakpoint
GRANT INSERT ON audit TO moa_worker, moa_caretaker, moa_operator;
--> statement-breakpoint
-- An operator's hand on refreshes. A row lock needs UPDATE on some column.
GRANT UPDATE (state) ON users TO moa_operator;
--> statement-breakpoint
GRANT UPDATE ON refreshes, plans, attempts TO moa_operator;
