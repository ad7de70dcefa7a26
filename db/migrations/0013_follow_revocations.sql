CREATE TABLE "receipt_keys" (
	"key_id" text PRIMARY KEY NOT NULL,
	"jwk" jsonb NOT NULL,
	"since" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "revocations" DROP CONSTRAINT "one_revocation_per_end";--> statement-breakpoint
ALTER TABLE "revocations" DROP CONSTRAINT "answered_without_tokens";--> statement-breakpoint
ALTER TABLE "revocations" ADD COLUMN "reason" text;--> statement-breakpoint
ALTER TABLE "revocations" ADD COLUMN "fenced_snapshot_no" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "revocations" ADD COLUMN "institution_failure" text;--> statement-breakpoint
ALTER TABLE "revocations" ADD COLUMN "stalled_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "revocations" ADD COLUMN "stalled_because" text;--> statement-breakpoint
ALTER TABLE "user_institutions" ADD COLUMN "shown_from_generation" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "revocations" ADD CONSTRAINT "one_revocation_per_end" UNIQUE("user_id","institution_id","generation","with_deletion");--> statement-breakpoint
ALTER TABLE "revocations" ADD CONSTRAINT "revocation_reason_is_known" CHECK ("revocations"."reason" IN ('no_longer_used', 'privacy', 'other'));--> statement-breakpoint
ALTER TABLE "revocations" ADD CONSTRAINT "stalled_with_a_cause" CHECK (("revocations"."stalled_at" IS NULL) = ("revocations"."stalled_because" IS NULL));--> statement-breakpoint
ALTER TABLE "revocations" ADD CONSTRAINT "answered_without_tokens" CHECK ("revocations"."institution_answer" IS NULL OR ("revocations"."access_token_sealed" IS NULL AND "revocations"."refresh_token_sealed" IS NULL));
--> statement-breakpoint
-- The worker takes from what is stored what a revocation deletes, and signs what it did; anyone may verify that.
GRANT SELECT, INSERT ON receipt_keys TO moa_worker;
--> statement-breakpoint
GRANT SELECT ON receipt_keys TO moa_api;
--> statement-breakpoint
-- A receipt names its own entry of the audit: the number comes back, the entry itself stays unreadable.
GRANT SELECT (audit_no) ON audit TO moa_worker;
--> statement-breakpoint
CREATE POLICY numbers_of_entries ON audit FOR SELECT TO moa_worker USING (true);
--> statement-breakpoint
GRANT SELECT (fenced_snapshot_no, institution_failure, stalled_at, stalled_because) ON revocations TO moa_caretaker, moa_operator;
--> statement-breakpoint
GRANT UPDATE (stalled_at, stalled_because) ON revocations TO moa_caretaker;
--> statement-breakpoint
REVOKE UPDATE (state) ON revocations FROM moa_caretaker;
