CREATE TABLE "accounts" (
	"user_id" bigint NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "accounts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"institution_id" text NOT NULL,
	"introduced_seq" integer NOT NULL,
	"removed_seq" integer,
	"natural_key" uuid NOT NULL,
	"content_hash" bigint NOT NULL,
	"api" text NOT NULL,
	"number_sealed" "bytea" NOT NULL,
	"number_masked" text NOT NULL,
	"round_no" text,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"type_code" text NOT NULL,
	"status" text NOT NULL,
	"is_shared" boolean NOT NULL,
	"is_overdraft" boolean,
	"is_foreign" boolean,
	CONSTRAINT "accounts_user_id_id_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "balances" (
	"user_id" bigint NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "balances_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"institution_id" text NOT NULL,
	"introduced_seq" integer NOT NULL,
	"removed_seq" integer,
	"natural_key" uuid NOT NULL,
	"content_hash" bigint NOT NULL,
	"api" text NOT NULL,
	"account_key" uuid NOT NULL,
	"currency" text NOT NULL,
	"amount" numeric(18, 3) NOT NULL,
	"side" text NOT NULL,
	"available" numeric(18, 3),
	CONSTRAINT "balances_user_id_id_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "contracts" (
	"user_id" bigint NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "contracts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"institution_id" text NOT NULL,
	"introduced_seq" integer NOT NULL,
	"removed_seq" integer,
	"natural_key" uuid NOT NULL,
	"content_hash" bigint NOT NULL,
	"api" text NOT NULL,
	"account_key" uuid NOT NULL,
	"currency" text,
	"opened_on" date,
	"matures_on" date,
	"rate_percent" numeric(12, 6),
	"committed" numeric(18, 3),
	"monthly_payment" numeric(18, 3),
	"principal" numeric(18, 3),
	"method" text,
	"repayment_day" integer,
	"next_repayment_on" date,
	CONSTRAINT "contracts_user_id_id_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "holdings" (
	"user_id" bigint NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "holdings_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"institution_id" text NOT NULL,
	"introduced_seq" integer NOT NULL,
	"removed_seq" integer,
	"natural_key" uuid NOT NULL,
	"content_hash" bigint NOT NULL,
	"api" text NOT NULL,
	"account_key" uuid NOT NULL,
	"name" text NOT NULL,
	"quantity" numeric(29, 8),
	"value" numeric(18, 3),
	"currency" text NOT NULL,
	CONSTRAINT "holdings_user_id_id_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "transactions" (
	"user_id" bigint NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "transactions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"institution_id" text NOT NULL,
	"introduced_seq" integer NOT NULL,
	"removed_seq" integer,
	"natural_key" uuid NOT NULL,
	"content_hash" bigint NOT NULL,
	"api" text NOT NULL,
	"account_key" uuid NOT NULL,
	"occurred_on" date NOT NULL,
	"occurred_at" timestamp(0) NOT NULL,
	"time_known" boolean NOT NULL,
	"direction" text,
	"amount" numeric(18, 3) NOT NULL,
	"currency" text NOT NULL,
	"balance_after" numeric(18, 3),
	"type_code" text NOT NULL,
	"type_text" text,
	"description" text,
	"principal" numeric(18, 3),
	"interest" numeric(18, 3),
	CONSTRAINT "transactions_user_id_id_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"audit_no" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_audit_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"user_key" text,
	"institution_id" text,
	"reason" text,
	"details" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "consents" (
	"user_id" bigint NOT NULL,
	"institution_id" text NOT NULL,
	"generation" integer NOT NULL,
	"scope" text NOT NULL,
	"purpose" text NOT NULL,
	"granted_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"ended_because" text,
	CONSTRAINT "consents_user_id_institution_id_generation_pk" PRIMARY KEY("user_id","institution_id","generation"),
	CONSTRAINT "ended_with_a_cause" CHECK (("consents"."ended_at" IS NULL) = ("consents"."ended_because" IS NULL) AND ("consents"."ended_because" IS NULL OR "consents"."ended_because" IN ('renewed', 'revoked', 'expired', 'withdrawn')))
);
--> statement-breakpoint
CREATE TABLE "credentials" (
	"user_id" bigint NOT NULL,
	"institution_id" text NOT NULL,
	"generation" integer NOT NULL,
	"access_token_sealed" "bytea" NOT NULL,
	"refresh_token_sealed" "bytea",
	"access_token_hash" "bytea" NOT NULL,
	"access_expires_at" timestamp (3) with time zone NOT NULL,
	"refresh_expires_at" timestamp (3) with time zone,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "credentials_user_id_institution_id_pk" PRIMARY KEY("user_id","institution_id"),
	CONSTRAINT "one_holder_per_token" UNIQUE("access_token_hash")
);
--> statement-breakpoint
CREATE TABLE "data_keys" (
	"user_id" bigint NOT NULL,
	"key_no" integer NOT NULL,
	"wrapping_key_id" text NOT NULL,
	"wrapped" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "data_keys_user_id_key_no_pk" PRIMARY KEY("user_id","key_no")
);
--> statement-breakpoint
CREATE TABLE "institutions" (
	"institution_id" text PRIMARY KEY NOT NULL,
	"industry" text NOT NULL,
	"name" text NOT NULL,
	"base_url" text NOT NULL,
	"connector" text,
	"windows" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"state" text DEFAULT 'active' NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "institution_state_is_known" CHECK ("institutions"."state" IN ('active', 'paused', 'removed'))
);
--> statement-breakpoint
CREATE TABLE "user_institutions" (
	"user_id" bigint NOT NULL,
	"institution_id" text NOT NULL,
	"generation" integer NOT NULL,
	"current_seq" integer DEFAULT 0 NOT NULL,
	"erased_seq" integer DEFAULT 0 NOT NULL,
	"consent_state" text NOT NULL,
	CONSTRAINT "user_institutions_user_id_institution_id_pk" PRIMARY KEY("user_id","institution_id"),
	CONSTRAINT "consent_state_is_known" CHECK ("user_institutions"."consent_state" IN ('active', 'needs_user', 'ended')),
	CONSTRAINT "erased_is_not_ahead" CHECK ("user_institutions"."erased_seq" <= "user_institutions"."current_seq")
);
--> statement-breakpoint
CREATE TABLE "users" (
	"user_id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "users_user_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"user_key" text NOT NULL,
	"issuer" text NOT NULL,
	"subject" text NOT NULL,
	"state" text DEFAULT 'active' NOT NULL,
	"cycle_ms" bigint NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "one_user_per_key" UNIQUE("user_key"),
	CONSTRAINT "one_user_per_subject" UNIQUE("issuer","subject"),
	CONSTRAINT "user_state_is_known" CHECK ("users"."state" IN ('active', 'closing', 'closed'))
);
--> statement-breakpoint
CREATE TABLE "attempts" (
	"user_id" bigint NOT NULL,
	"refresh_no" integer NOT NULL,
	"institution_id" text NOT NULL,
	"round" integer NOT NULL,
	"attempt" integer NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"outcome" text,
	"failure" text,
	"calls" integer,
	"rows" integer,
	CONSTRAINT "attempts_user_id_refresh_no_institution_id_round_attempt_pk" PRIMARY KEY("user_id","refresh_no","institution_id","round","attempt"),
	CONSTRAINT "attempt_outcome_is_known" CHECK (("attempts"."ended_at" IS NULL) = ("attempts"."outcome" IS NULL) AND ("attempts"."outcome" IS NULL OR "attempts"."outcome" IN ('changed', 'unchanged', 'failed', 'stopped', 'abandoned')))
);
--> statement-breakpoint
CREATE TABLE "collections" (
	"user_id" bigint NOT NULL,
	"institution_id" text NOT NULL,
	"seq" integer NOT NULL,
	"generation" integer NOT NULL,
	"refresh_no" integer NOT NULL,
	"round" integer NOT NULL,
	"as_of" timestamp (3) with time zone NOT NULL,
	"outcome" text NOT NULL,
	"gaps" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"collected_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "collections_user_id_institution_id_seq_pk" PRIMARY KEY("user_id","institution_id","seq"),
	CONSTRAINT "one_collection_per_round" UNIQUE("user_id","institution_id","refresh_no","round"),
	CONSTRAINT "collection_outcome_is_known" CHECK ("collections"."outcome" IN ('changed', 'unchanged'))
);
--> statement-breakpoint
CREATE TABLE "events" (
	"user_id" bigint NOT NULL,
	"event_id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "events_event_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"type" text NOT NULL,
	"institution_id" text,
	"idempotency_key" text,
	"body_hash" "bytea",
	"outcome" text NOT NULL,
	"answer" jsonb NOT NULL,
	"refresh_no" integer,
	"due_at" timestamp (3) with time zone,
	"occurred_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "events_user_id_event_id_pk" PRIMARY KEY("user_id","event_id"),
	CONSTRAINT "one_event_per_idempotency_key" UNIQUE("user_id","idempotency_key")
);
--> statement-breakpoint
CREATE TABLE "plans" (
	"user_id" bigint NOT NULL,
	"refresh_no" integer NOT NULL,
	"institution_id" text NOT NULL,
	"generation" integer NOT NULL,
	"round" integer DEFAULT 1 NOT NULL,
	"unseen" boolean DEFAULT true NOT NULL,
	"reason" text NOT NULL,
	"api_type" text NOT NULL,
	"span_months" integer NOT NULL,
	"not_older_than" timestamp (3) with time zone NOT NULL,
	"limits" jsonb NOT NULL,
	"state" text NOT NULL,
	"failure" text,
	"next_try_at" timestamp (3) with time zone,
	"seq" integer,
	"changed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "plans_user_id_refresh_no_institution_id_pk" PRIMARY KEY("user_id","refresh_no","institution_id"),
	CONSTRAINT "plan_state_is_known" CHECK ("plans"."state" IN ('pending', 'collecting', 'collected', 'failed', 'withdrawn', 'excused')),
	CONSTRAINT "failed_with_a_failure" CHECK (("plans"."state" = 'failed') = ("plans"."failure" IS NOT NULL)),
	CONSTRAINT "collected_with_a_collection" CHECK ("plans"."state" <> 'collected' OR "plans"."seq" IS NOT NULL)
);
--> statement-breakpoint
CREATE TABLE "refreshes" (
	"user_id" bigint NOT NULL,
	"refresh_no" integer NOT NULL,
	"state" text NOT NULL,
	"reason" text NOT NULL,
	"workflow_id" text NOT NULL,
	"run_id" text,
	"priority" integer NOT NULL,
	"patience_ms" integer NOT NULL,
	"base_not_older_than" timestamp (3) with time zone NOT NULL,
	"opened_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"begun_at" timestamp (3) with time zone,
	"deadline" timestamp (3) with time zone NOT NULL,
	"closed_at" timestamp (3) with time zone,
	"closed_because" text,
	"run_ended_at" timestamp (3) with time zone,
	CONSTRAINT "refreshes_user_id_refresh_no_pk" PRIMARY KEY("user_id","refresh_no"),
	CONSTRAINT "refresh_state_is_known" CHECK ("refreshes"."state" IN ('requested', 'running', 'parked', 'succeeded', 'incomplete', 'failed', 'cancelled', 'lost')),
	CONSTRAINT "closed_refreshes_have_an_end" CHECK (("refreshes"."closed_at" IS NULL) = ("refreshes"."state" IN ('requested', 'running', 'parked')))
);
--> statement-breakpoint
CREATE TABLE "watermarks" (
	"user_id" bigint NOT NULL,
	"institution_id" text NOT NULL,
	"asset" text NOT NULL,
	"api" text NOT NULL,
	"search_timestamp" text,
	"read_until" date,
	CONSTRAINT "watermarks_user_id_institution_id_asset_api_pk" PRIMARY KEY("user_id","institution_id","asset","api")
);
--> statement-breakpoint
CREATE TABLE "analyses" (
	"user_id" bigint NOT NULL,
	"snapshot_no" integer NOT NULL,
	"analyser" text NOT NULL,
	"version" integer NOT NULL,
	"is_required" boolean NOT NULL,
	"document" jsonb,
	"failure" text,
	CONSTRAINT "analyses_user_id_snapshot_no_analyser_pk" PRIMARY KEY("user_id","snapshot_no","analyser"),
	CONSTRAINT "a_document_or_a_failure" CHECK (("analyses"."document" IS NULL) = ("analyses"."failure" IS NOT NULL))
);
--> statement-breakpoint
CREATE TABLE "classifications" (
	"user_id" bigint NOT NULL,
	"transaction_id" bigint NOT NULL,
	"introduced_class_seq" integer NOT NULL,
	"removed_class_seq" integer,
	"category" text NOT NULL,
	"rule" text NOT NULL,
	"confidence" numeric(4, 3) NOT NULL,
	"classifier" integer NOT NULL,
	CONSTRAINT "classifications_user_id_transaction_id_introduced_class_seq_pk" PRIMARY KEY("user_id","transaction_id","introduced_class_seq")
);
--> statement-breakpoint
CREATE TABLE "published_snapshots" (
	"user_id" bigint NOT NULL,
	"view" text NOT NULL,
	"snapshot_no" integer NOT NULL,
	"status" text NOT NULL,
	CONSTRAINT "published_snapshots_user_id_view_pk" PRIMARY KEY("user_id","view"),
	CONSTRAINT "views_name_what_they_say" CHECK (("published_snapshots"."view" = 'complete' AND "published_snapshots"."status" = 'complete') OR ("published_snapshots"."view" = 'latest' AND "published_snapshots"."status" IN ('complete', 'partial')))
);
--> statement-breakpoint
CREATE TABLE "snapshot_institutions" (
	"user_id" bigint NOT NULL,
	"snapshot_no" integer NOT NULL,
	"institution_id" text NOT NULL,
	"generation" integer,
	"state" text NOT NULL,
	"seq" integer,
	"as_of" timestamp (3) with time zone,
	"reason" text,
	"is_required" boolean NOT NULL,
	"gaps" jsonb DEFAULT '[]'::jsonb NOT NULL,
	CONSTRAINT "snapshot_institutions_user_id_snapshot_no_institution_id_pk" PRIMARY KEY("user_id","snapshot_no","institution_id"),
	CONSTRAINT "part_state_is_known" CHECK ("snapshot_institutions"."state" IN ('fresh', 'carried_over', 'absent')),
	CONSTRAINT "absent_means_no_collection" CHECK (("snapshot_institutions"."state" = 'absent') = ("snapshot_institutions"."seq" IS NULL))
);
--> statement-breakpoint
CREATE TABLE "snapshots" (
	"user_id" bigint NOT NULL,
	"snapshot_no" integer NOT NULL,
	"refresh_no" integer NOT NULL,
	"cut_no" integer NOT NULL,
	"status" text NOT NULL,
	"class_seq" integer,
	"skew_ms" bigint,
	"cut_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"published_at" timestamp (3) with time zone,
	CONSTRAINT "snapshots_user_id_snapshot_no_pk" PRIMARY KEY("user_id","snapshot_no"),
	CONSTRAINT "snapshot_with_its_status" UNIQUE("user_id","snapshot_no","status"),
	CONSTRAINT "one_snapshot_per_cut" UNIQUE("user_id","refresh_no","cut_no"),
	CONSTRAINT "snapshot_status_is_known" CHECK ("snapshots"."status" IN ('building', 'complete', 'partial', 'discarded')),
	CONSTRAINT "published_snapshots_were_published" CHECK (("snapshots"."published_at" IS NOT NULL) = ("snapshots"."status" IN ('complete', 'partial')))
);
--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_user_id_institution_id_user_institutions_user_id_institution_id_fk" FOREIGN KEY ("user_id","institution_id") REFERENCES "public"."user_institutions"("user_id","institution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "balances" ADD CONSTRAINT "balances_user_id_institution_id_user_institutions_user_id_institution_id_fk" FOREIGN KEY ("user_id","institution_id") REFERENCES "public"."user_institutions"("user_id","institution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "contracts" ADD CONSTRAINT "contracts_user_id_institution_id_user_institutions_user_id_institution_id_fk" FOREIGN KEY ("user_id","institution_id") REFERENCES "public"."user_institutions"("user_id","institution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "holdings" ADD CONSTRAINT "holdings_user_id_institution_id_user_institutions_user_id_institution_id_fk" FOREIGN KEY ("user_id","institution_id") REFERENCES "public"."user_institutions"("user_id","institution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "transactions" ADD CONSTRAINT "transactions_user_id_institution_id_user_institutions_user_id_institution_id_fk" FOREIGN KEY ("user_id","institution_id") REFERENCES "public"."user_institutions"("user_id","institution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_user_id_institution_id_user_institutions_user_id_institution_id_fk" FOREIGN KEY ("user_id","institution_id") REFERENCES "public"."user_institutions"("user_id","institution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "credentials" ADD CONSTRAINT "credentials_user_id_institution_id_user_institutions_user_id_institution_id_fk" FOREIGN KEY ("user_id","institution_id") REFERENCES "public"."user_institutions"("user_id","institution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "data_keys" ADD CONSTRAINT "data_keys_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_institutions" ADD CONSTRAINT "user_institutions_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_institutions" ADD CONSTRAINT "user_institutions_institution_id_institutions_institution_id_fk" FOREIGN KEY ("institution_id") REFERENCES "public"."institutions"("institution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_user_id_refresh_no_institution_id_plans_user_id_refresh_no_institution_id_fk" FOREIGN KEY ("user_id","refresh_no","institution_id") REFERENCES "public"."plans"("user_id","refresh_no","institution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "collections" ADD CONSTRAINT "collections_user_id_institution_id_user_institutions_user_id_institution_id_fk" FOREIGN KEY ("user_id","institution_id") REFERENCES "public"."user_institutions"("user_id","institution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plans" ADD CONSTRAINT "plans_user_id_refresh_no_refreshes_user_id_refresh_no_fk" FOREIGN KEY ("user_id","refresh_no") REFERENCES "public"."refreshes"("user_id","refresh_no") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plans" ADD CONSTRAINT "plans_user_id_institution_id_user_institutions_user_id_institution_id_fk" FOREIGN KEY ("user_id","institution_id") REFERENCES "public"."user_institutions"("user_id","institution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "refreshes" ADD CONSTRAINT "refreshes_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "watermarks" ADD CONSTRAINT "watermarks_user_id_institution_id_user_institutions_user_id_institution_id_fk" FOREIGN KEY ("user_id","institution_id") REFERENCES "public"."user_institutions"("user_id","institution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "analyses" ADD CONSTRAINT "analyses_user_id_snapshot_no_snapshots_user_id_snapshot_no_fk" FOREIGN KEY ("user_id","snapshot_no") REFERENCES "public"."snapshots"("user_id","snapshot_no") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "classifications" ADD CONSTRAINT "classifications_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "published_snapshots" ADD CONSTRAINT "published_snapshots_user_id_snapshot_no_status_snapshots_user_id_snapshot_no_status_fk" FOREIGN KEY ("user_id","snapshot_no","status") REFERENCES "public"."snapshots"("user_id","snapshot_no","status") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "snapshot_institutions" ADD CONSTRAINT "snapshot_institutions_user_id_snapshot_no_snapshots_user_id_snapshot_no_fk" FOREIGN KEY ("user_id","snapshot_no") REFERENCES "public"."snapshots"("user_id","snapshot_no") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "snapshot_institutions" ADD CONSTRAINT "snapshot_institutions_user_id_institution_id_seq_collections_user_id_institution_id_seq_fk" FOREIGN KEY ("user_id","institution_id","seq") REFERENCES "public"."collections"("user_id","institution_id","seq") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "snapshots" ADD CONSTRAINT "snapshots_user_id_refresh_no_refreshes_user_id_refresh_no_fk" FOREIGN KEY ("user_id","refresh_no") REFERENCES "public"."refreshes"("user_id","refresh_no") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "one_live_row_in_accounts" ON "accounts" USING btree ("user_id","institution_id","natural_key") WHERE removed_seq IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "one_live_row_in_balances" ON "balances" USING btree ("user_id","institution_id","natural_key") WHERE removed_seq IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "one_live_row_in_contracts" ON "contracts" USING btree ("user_id","institution_id","natural_key") WHERE removed_seq IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "one_live_row_in_holdings" ON "holdings" USING btree ("user_id","institution_id","natural_key") WHERE removed_seq IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "one_live_row_in_transactions" ON "transactions" USING btree ("user_id","institution_id","natural_key") WHERE removed_seq IS NULL;--> statement-breakpoint
CREATE INDEX "transactions_by_time" ON "transactions" USING btree ("user_id","occurred_at","id");--> statement-breakpoint
CREATE INDEX "transactions_by_account" ON "transactions" USING btree ("user_id","institution_id","account_key","occurred_on");--> statement-breakpoint
CREATE INDEX "audit_by_user" ON "audit" USING btree ("user_key","audit_no");--> statement-breakpoint
CREATE INDEX "plans_not_yet_seen" ON "plans" USING btree ("user_id") WHERE unseen;--> statement-breakpoint
CREATE UNIQUE INDEX "one_open_refresh_per_user" ON "refreshes" USING btree ("user_id") WHERE state IN ('requested', 'running', 'parked');--> statement-breakpoint
CREATE INDEX "refreshes_with_a_run" ON "refreshes" USING btree ("opened_at") WHERE run_ended_at IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "one_live_classification" ON "classifications" USING btree ("user_id","transaction_id") WHERE removed_class_seq IS NULL;--> statement-breakpoint
CREATE INDEX "published_by_snapshot" ON "published_snapshots" USING btree ("user_id","snapshot_no","status");