CREATE TABLE "consent_notices" (
	"user_id" bigint NOT NULL,
	"institution_id" text NOT NULL,
	"generation" integer NOT NULL,
	"days" integer NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"noticed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "consent_notices_user_id_institution_id_generation_days_pk" PRIMARY KEY("user_id","institution_id","generation","days")
);
--> statement-breakpoint
CREATE TABLE "consent_requests" (
	"user_id" bigint NOT NULL,
	"request_id" uuid NOT NULL,
	"state_hash" "bytea" NOT NULL,
	"code_verifier_sealed" "bytea" NOT NULL,
	"session_hash" "bytea",
	"redirect_uri" text NOT NULL,
	"asked" jsonb NOT NULL,
	"purpose" text NOT NULL,
	"is_regular" boolean NOT NULL,
	"cycle_ms" bigint,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone,
	"code_hash" "bytea",
	"answer" jsonb,
	CONSTRAINT "consent_requests_user_id_request_id_pk" PRIMARY KEY("user_id","request_id"),
	CONSTRAINT "one_request_per_state" UNIQUE("state_hash"),
	CONSTRAINT "used_with_an_answer" CHECK (("consent_requests"."used_at" IS NULL) = ("consent_requests"."answer" IS NULL))
);
--> statement-breakpoint
CREATE TABLE "revocations" (
	"user_id" bigint NOT NULL,
	"revocation_no" integer NOT NULL,
	"institution_id" text NOT NULL,
	"generation" integer NOT NULL,
	"because" text NOT NULL,
	"with_deletion" boolean NOT NULL,
	"erase_up_to" integer NOT NULL,
	"state" text DEFAULT 'requested' NOT NULL,
	"workflow_id" text NOT NULL,
	"requested_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"begun_at" timestamp (3) with time zone,
	"access_token_sealed" "bytea",
	"refresh_token_sealed" "bytea",
	"tokens_generation" integer,
	"tokens_version" integer,
	"institution_answer" text,
	"institution_answered_at" timestamp (3) with time zone,
	"institution_tries" integer DEFAULT 0 NOT NULL,
	"deleted" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	"snapshot_no" integer,
	"receipt" text,
	"receipt_at" timestamp (3) with time zone,
	CONSTRAINT "revocations_user_id_revocation_no_pk" PRIMARY KEY("user_id","revocation_no"),
	CONSTRAINT "one_revocation_per_end" UNIQUE("user_id","institution_id","generation"),
	CONSTRAINT "revocation_state_is_known" CHECK ("revocations"."state" IN ('requested', 'running', 'done')),
	CONSTRAINT "revocation_cause_is_known" CHECK ("revocations"."because" IN ('revoked', 'expired', 'withdrawn', 'narrowed')),
	CONSTRAINT "institution_answer_is_known" CHECK ("revocations"."institution_answer" IN ('confirmed', 'nothing_to_revoke', 'unconfirmed')),
	CONSTRAINT "done_with_a_receipt" CHECK (("revocations"."state" = 'done') = ("revocations"."receipt" IS NOT NULL)),
	CONSTRAINT "answered_without_tokens" CHECK ("revocations"."institution_answer" IS NULL OR "revocations"."access_token_sealed" IS NULL)
);
--> statement-breakpoint
ALTER TABLE "consents" DROP CONSTRAINT "ended_with_a_cause";--> statement-breakpoint
ALTER TABLE "credentials" ALTER COLUMN "access_token_sealed" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "credentials" ALTER COLUMN "access_token_hash" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "credentials" ALTER COLUMN "access_expires_at" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "consents" ADD COLUMN "is_regular" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "consents" ADD COLUMN "request_id" uuid;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "code_sealed" "bytea";--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "code_verifier_sealed" "bytea";--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "redirect_uri" text;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "lease_id" uuid;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "lease_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "user_institutions" ADD COLUMN "cycle_ms" bigint;--> statement-breakpoint
ALTER TABLE "consent_notices" ADD CONSTRAINT "consent_notices_user_id_institution_id_generation_consents_user_id_institution_id_generation_fk" FOREIGN KEY ("user_id","institution_id","generation") REFERENCES "public"."consents"("user_id","institution_id","generation") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consent_requests" ADD CONSTRAINT "consent_requests_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "revocations" ADD CONSTRAINT "revocations_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "consent_requests_by_expiry" ON "consent_requests" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "revocations_under_way" ON "revocations" USING btree ("requested_at") WHERE state <> 'done';--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "ended_with_a_cause" CHECK (("consents"."ended_at" IS NULL) = ("consents"."ended_because" IS NULL) AND ("consents"."ended_because" IS NULL OR "consents"."ended_because" IN ('renewed', 'narrowed', 'revoked', 'expired', 'withdrawn')));--> statement-breakpoint
ALTER TABLE "credentials" ADD CONSTRAINT "a_code_or_tokens" CHECK (("credentials"."code_sealed" IS NULL) <> ("credentials"."access_token_sealed" IS NULL) AND ("credentials"."code_sealed" IS NULL) = ("credentials"."code_verifier_sealed" IS NULL)
        AND ("credentials"."access_token_sealed" IS NULL) = ("credentials"."access_token_hash" IS NULL) AND ("credentials"."access_token_sealed" IS NULL) = ("credentials"."access_expires_at" IS NULL));--> statement-breakpoint
ALTER TABLE "credentials" ADD CONSTRAINT "a_lease_ends" CHECK (("credentials"."lease_id" IS NULL) = ("credentials"."lease_until" IS NULL));--> statement-breakpoint
ALTER TABLE "user_institutions" ADD CONSTRAINT "cycle_is_the_users_choice" CHECK ("user_institutions"."cycle_ms" BETWEEN 604800000 AND 2678400000);--> statement-breakpoint
-- A consent's own tables are its user's; the caretaker sees which of them are due, and no purpose, scope or token.
DO $$
DECLARE table_name text;
BEGIN
  FOREACH table_name IN ARRAY ARRAY['consent_requests', 'consent_notices', 'revocations'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
    EXECUTE format('CREATE POLICY own_rows ON %I TO moa_api, moa_worker USING (user_id = current_user_id()) WITH CHECK (user_id = current_user_id())', table_name);
  END LOOP;
  FOREACH table_name IN ARRAY ARRAY['consents', 'consent_notices', 'revocations'] LOOP
    EXECUTE format('CREATE POLICY all_heads ON %I TO moa_caretaker, moa_operator USING (true) WITH CHECK (true)', table_name);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON consent_requests, revocations TO moa_api;
--> statement-breakpoint
GRANT SELECT ON consent_notices TO moa_api;
--> statement-breakpoint
-- A reading may find that a consent has ended, and the worker ends it at its expiry; it exchanges codes and renews tokens.
GRANT SELECT, INSERT, UPDATE ON revocations TO moa_worker;
--> statement-breakpoint
GRANT SELECT, INSERT ON consent_notices TO moa_worker;
--> statement-breakpoint
GRANT SELECT, DELETE ON consent_requests TO moa_worker;
--> statement-breakpoint
GRANT INSERT, UPDATE ON consents TO moa_worker;
--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON credentials TO moa_worker;
--> statement-breakpoint
GRANT INSERT ON user_institutions, refreshes, plans, events TO moa_worker;
--> statement-breakpoint
GRANT SELECT ON events TO moa_worker;
--> statement-breakpoint
GRANT INSERT ON audit TO moa_api;
--> statement-breakpoint
CREATE POLICY acts_of_users ON audit FOR INSERT TO moa_api WITH CHECK (true);
--> statement-breakpoint
GRANT SELECT (user_id, institution_id, generation, granted_at, ends_at, ended_at, ended_because) ON consents TO moa_caretaker, moa_operator;
--> statement-breakpoint
GRANT SELECT ON consent_notices TO moa_caretaker, moa_operator;
--> statement-breakpoint
GRANT SELECT (user_id, revocation_no, institution_id, generation, because, with_deletion, erase_up_to, state, workflow_id, requested_at, begun_at, institution_answer, institution_answered_at, institution_tries, deleted_at, snapshot_no, receipt_at) ON revocations TO moa_caretaker, moa_operator;
--> statement-breakpoint
GRANT UPDATE (state) ON revocations TO moa_caretaker;
