CREATE TABLE "breaker_transitions" (
	"transition_no" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "breaker_transitions_transition_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"institution_id" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"from_state" text NOT NULL,
	"to_state" text NOT NULL,
	"cause" text NOT NULL,
	"by" text,
	"why" text
);
--> statement-breakpoint
CREATE TABLE "breakers" (
	"institution_id" text PRIMARY KEY NOT NULL,
	"state" text DEFAULT 'closed' NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"cause" text,
	"opened_at" timestamp (3) with time zone,
	"openings" integer DEFAULT 0 NOT NULL,
	"misses" integer DEFAULT 0 NOT NULL,
	"minute" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"probe_from" timestamp (3) with time zone,
	"probe_until" timestamp (3) with time zone,
	"probe_no" integer DEFAULT 0 NOT NULL,
	"good_probes" integer DEFAULT 0 NOT NULL,
	"forced_to" text,
	"forced_until" timestamp (3) with time zone,
	"answered_at" timestamp (3) with time zone,
	"missed_at" timestamp (3) with time zone,
	"retry_tenths" integer NOT NULL,
	"retries_counted_at" timestamp (3) with time zone NOT NULL,
	"recover_at" timestamp (3) with time zone,
	CONSTRAINT "breaker_state_is_known" CHECK ("breakers"."state" IN ('closed', 'open', 'half_open')),
	CONSTRAINT "forced_until_an_end" CHECK (("breakers"."forced_to" IS NULL) = ("breakers"."forced_until" IS NULL) AND ("breakers"."forced_to" IS NULL OR "breakers"."forced_to" IN ('open', 'closed'))),
	CONSTRAINT "closed_without_an_opening" CHECK (("breakers"."state" = 'closed') = ("breakers"."opened_at" IS NULL))
);
--> statement-breakpoint
ALTER TABLE "breaker_transitions" ADD CONSTRAINT "breaker_transitions_institution_id_institutions_institution_id_fk" FOREIGN KEY ("institution_id") REFERENCES "public"."institutions"("institution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "breakers" ADD CONSTRAINT "breakers_institution_id_institutions_institution_id_fk" FOREIGN KEY ("institution_id") REFERENCES "public"."institutions"("institution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "transitions_by_institution" ON "breaker_transitions" USING btree ("institution_id","at");--> statement-breakpoint
CREATE INDEX "transitions_by_age" ON "breaker_transitions" USING btree ("at");--> statement-breakpoint
CREATE INDEX "plans_left_without" ON "plans" USING btree ("institution_id","changed_at") WHERE state IN ('failed', 'excused');
--> statement-breakpoint
-- No user data: who reads says how it went, operators have the last word, and the caretaker sees to those who wait.
GRANT SELECT, INSERT, UPDATE ON breakers TO moa_worker, moa_operator;
--> statement-breakpoint
GRANT SELECT, UPDATE (recover_at) ON breakers TO moa_caretaker;
--> statement-breakpoint
GRANT SELECT ON breakers TO moa_api;
--> statement-breakpoint
GRANT SELECT, INSERT ON breaker_transitions TO moa_worker, moa_operator;
--> statement-breakpoint
GRANT DELETE ON breaker_transitions TO moa_worker;
--> statement-breakpoint
-- Nobody is read on schedule who agreed to be read on request only.
GRANT SELECT (is_regular, purpose) ON consents TO moa_caretaker;
