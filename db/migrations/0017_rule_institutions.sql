CREATE TABLE "operator_batch_items" (
	"user_id" bigint NOT NULL,
	"refresh_no" integer NOT NULL,
	"batch_no" bigint NOT NULL,
	"outcome" text,
	"because" text,
	CONSTRAINT "operator_batch_items_user_id_refresh_no_batch_no_pk" PRIMARY KEY("user_id","refresh_no","batch_no"),
	CONSTRAINT "item_outcome_is_known" CHECK ("operator_batch_items"."outcome" IN ('done', 'already', 'refused'))
);
--> statement-breakpoint
CREATE TABLE "operator_batches" (
	"batch_no" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "operator_batches_batch_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"verb" text NOT NULL,
	"filter" jsonb NOT NULL,
	"institution_ids" text[],
	"proposed_by" text NOT NULL,
	"proposed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"refreshes" integer NOT NULL,
	"begun_at" timestamp (3) with time zone,
	"begun_by" text,
	"reason" text,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "batch_verb_is_known" CHECK ("operator_batches"."verb" IN ('cancel', 'resume', 'excuse')),
	CONSTRAINT "begun_by_somebody" CHECK (("operator_batches"."begun_at" IS NULL) = ("operator_batches"."begun_by" IS NULL) AND ("operator_batches"."begun_at" IS NULL) = ("operator_batches"."reason" IS NULL))
);
--> statement-breakpoint
CREATE TABLE "poison_readings" (
	"user_id" bigint NOT NULL,
	"institution_id" text NOT NULL,
	"generation" integer NOT NULL,
	"failed" integer NOT NULL,
	"first_at" timestamp (3) with time zone NOT NULL,
	"last_at" timestamp (3) with time zone NOT NULL,
	"last_refresh_no" integer NOT NULL,
	"step" text,
	"set_aside_at" timestamp (3) with time zone,
	"replay_at" timestamp (3) with time zone,
	CONSTRAINT "poison_readings_user_id_institution_id_pk" PRIMARY KEY("user_id","institution_id"),
	CONSTRAINT "set_aside_or_replayed" CHECK ("poison_readings"."set_aside_at" IS NULL OR "poison_readings"."replay_at" IS NULL)
);
--> statement-breakpoint
ALTER TABLE "institutions" ALTER COLUMN "windows" SET DEFAULT '{"hours":null,"maintenance":[]}'::jsonb;--> statement-breakpoint
UPDATE institutions SET windows = DEFAULT;--> statement-breakpoint
ALTER TABLE "institutions" ADD COLUMN "paused_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "institutions" ADD COLUMN "call_ms" integer;--> statement-breakpoint
ALTER TABLE "institutions" ADD COLUMN "attempt_ms" integer;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "step" text;--> statement-breakpoint
ALTER TABLE "operator_batch_items" ADD CONSTRAINT "operator_batch_items_user_id_refresh_no_refreshes_user_id_refresh_no_fk" FOREIGN KEY ("user_id","refresh_no") REFERENCES "public"."refreshes"("user_id","refresh_no") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "operator_batch_items" ADD CONSTRAINT "operator_batch_items_batch_no_operator_batches_batch_no_fk" FOREIGN KEY ("batch_no") REFERENCES "public"."operator_batches"("batch_no") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "poison_readings" ADD CONSTRAINT "poison_readings_user_id_institution_id_user_institutions_user_id_institution_id_fk" FOREIGN KEY ("user_id","institution_id") REFERENCES "public"."user_institutions"("user_id","institution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "items_of_a_batch" ON "operator_batch_items" USING btree ("batch_no","outcome");--> statement-breakpoint
CREATE INDEX "batches_by_proposal" ON "operator_batches" USING btree ("proposed_at");--> statement-breakpoint
CREATE INDEX "readings_set_aside" ON "poison_readings" USING btree ("set_aside_at") WHERE set_aside_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX "readings_to_replay" ON "poison_readings" USING btree ("replay_at") WHERE replay_at IS NOT NULL;--> statement-breakpoint
ALTER TABLE "institutions" ADD CONSTRAINT "only_a_pause_ends" CHECK ("institutions"."paused_until" IS NULL OR "institutions"."state" = 'paused');--> statement-breakpoint
ALTER TABLE "institutions" ADD CONSTRAINT "windows_have_a_form" CHECK (coalesce(jsonb_typeof("institutions"."windows" -> 'maintenance'), '') = 'array');--> statement-breakpoint
ALTER TABLE "institutions" ADD CONSTRAINT "call_ms_is_a_limit" CHECK ("institutions"."call_ms" BETWEEN 1000 AND 60000);--> statement-breakpoint
ALTER TABLE "institutions" ADD CONSTRAINT "attempt_ms_is_a_limit" CHECK ("institutions"."attempt_ms" BETWEEN 5000 AND 1800000);--> statement-breakpoint
-- An operator says when and how much an institution is read; what it is, and where, is not theirs to change.
GRANT UPDATE (state, paused_until, concurrency, windows, call_ms, attempt_ms, updated_at) ON institutions TO moa_operator;
--> statement-breakpoint
-- Batches and what is set aside hold heads, no data: who, which refresh, how often.
DO $$
DECLARE table_name text;
BEGIN
  FOREACH table_name IN ARRAY ARRAY['operator_batch_items', 'poison_readings'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
    EXECUTE format('CREATE POLICY all_heads ON %I TO moa_caretaker, moa_operator USING (true) WITH CHECK (true)', table_name);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON operator_batches, operator_batch_items TO moa_operator;
--> statement-breakpoint
CREATE POLICY own_rows ON poison_readings TO moa_api, moa_worker USING (user_id = current_user_id()) WITH CHECK (user_id = current_user_id());
--> statement-breakpoint
GRANT SELECT ON poison_readings TO moa_api;
--> statement-breakpoint
-- A reading counts what failed, and the first that brings something forgets it.
GRANT SELECT, INSERT, UPDATE, DELETE ON poison_readings TO moa_worker;
--> statement-breakpoint
GRANT SELECT ON poison_readings TO moa_caretaker;
--> statement-breakpoint
GRANT SELECT, UPDATE (set_aside_at, replay_at, failed) ON poison_readings TO moa_operator;
