CREATE TABLE "bill_lines" (
	"user_id" bigint NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "bill_lines_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"institution_id" text NOT NULL,
	"introduced_seq" integer NOT NULL,
	"removed_seq" integer,
	"natural_key" uuid NOT NULL,
	"content_hash" bigint NOT NULL,
	"api" text NOT NULL,
	"bill_key" uuid NOT NULL,
	"account_key" uuid NOT NULL,
	"used_on" date NOT NULL,
	"used_at" timestamp(0) NOT NULL,
	"time_known" boolean NOT NULL,
	"amount" numeric(18, 3) NOT NULL,
	"currency" text NOT NULL,
	"fee" numeric(18, 3),
	"installments" integer,
	"installment_no" integer,
	"amount_left" numeric(18, 3),
	"type_code" text NOT NULL,
	"description" text,
	"merchant_no" text,
	CONSTRAINT "bill_lines_user_id_id_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "bills" (
	"user_id" bigint NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "bills_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"institution_id" text NOT NULL,
	"introduced_seq" integer NOT NULL,
	"removed_seq" integer,
	"natural_key" uuid NOT NULL,
	"content_hash" bigint NOT NULL,
	"api" text NOT NULL,
	"stage" text NOT NULL,
	"month" text,
	"round_no" text,
	"due_on" date NOT NULL,
	"amount" numeric(18, 3) NOT NULL,
	"currency" text NOT NULL,
	"lump_sum" numeric(18, 3),
	"installments" numeric(18, 3),
	"short_term_loan" numeric(18, 3),
	"long_term_loan" numeric(18, 3),
	"revolving" numeric(18, 3),
	"other" numeric(18, 3),
	CONSTRAINT "bills_user_id_id_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "points" (
	"user_id" bigint NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "points_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"institution_id" text NOT NULL,
	"introduced_seq" integer NOT NULL,
	"removed_seq" integer,
	"natural_key" uuid NOT NULL,
	"content_hash" bigint NOT NULL,
	"api" text NOT NULL,
	"name" text NOT NULL,
	"remaining" numeric(18, 3) NOT NULL,
	"expiring" numeric(18, 3),
	CONSTRAINT "points_user_id_id_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "is_family" boolean;--> statement-breakpoint
ALTER TABLE "contracts" ADD COLUMN "annual_fee" numeric(18, 3);--> statement-breakpoint
ALTER TABLE "contracts" ADD COLUMN "card_brand" text;--> statement-breakpoint
ALTER TABLE "contracts" ADD COLUMN "paying_bank" text;--> statement-breakpoint
ALTER TABLE "contracts" ADD COLUMN "paying_account_masked" text;--> statement-breakpoint
ALTER TABLE "contracts" ADD COLUMN "least_payment" numeric(18, 3);--> statement-breakpoint
ALTER TABLE "contracts" ADD COLUMN "least_percent" numeric(12, 6);--> statement-breakpoint
ALTER TABLE "contracts" ADD COLUMN "agreed_percent" numeric(12, 6);--> statement-breakpoint
ALTER TABLE "transactions" ADD COLUMN "approval_no" text;--> statement-breakpoint
ALTER TABLE "transactions" ADD COLUMN "status" text;--> statement-breakpoint
ALTER TABLE "transactions" ADD COLUMN "approved_amount" numeric(18, 3);--> statement-breakpoint
ALTER TABLE "transactions" ADD COLUMN "changed_at" timestamp(0);--> statement-breakpoint
ALTER TABLE "transactions" ADD COLUMN "installments" integer;--> statement-breakpoint
ALTER TABLE "transactions" ADD COLUMN "merchant_no" text;--> statement-breakpoint
ALTER TABLE "transactions" ADD COLUMN "country" text;--> statement-breakpoint
ALTER TABLE "transactions" ADD COLUMN "krw_amount" numeric(18, 3);--> statement-breakpoint
ALTER TABLE "bill_lines" ADD CONSTRAINT "bill_lines_user_id_institution_id_user_institutions_user_id_institution_id_fk" FOREIGN KEY ("user_id","institution_id") REFERENCES "public"."user_institutions"("user_id","institution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bills" ADD CONSTRAINT "bills_user_id_institution_id_user_institutions_user_id_institution_id_fk" FOREIGN KEY ("user_id","institution_id") REFERENCES "public"."user_institutions"("user_id","institution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "points" ADD CONSTRAINT "points_user_id_institution_id_user_institutions_user_id_institution_id_fk" FOREIGN KEY ("user_id","institution_id") REFERENCES "public"."user_institutions"("user_id","institution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "one_live_row_in_bill_lines" ON "bill_lines" USING btree ("user_id","institution_id","natural_key") WHERE removed_seq IS NULL;--> statement-breakpoint
CREATE INDEX "bill_lines_by_bill" ON "bill_lines" USING btree ("user_id","institution_id","bill_key");--> statement-breakpoint
CREATE UNIQUE INDEX "one_live_row_in_bills" ON "bills" USING btree ("user_id","institution_id","natural_key") WHERE removed_seq IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "one_live_row_in_points" ON "points" USING btree ("user_id","institution_id","natural_key") WHERE removed_seq IS NULL;--> statement-breakpoint
ALTER TABLE "transactions" ADD CONSTRAINT "an_approval_says_what_was_approved" CHECK ((status IN ('approved', 'cancelled', 'amended')) IS NOT FALSE AND (status IS NULL) = (approved_amount IS NULL));--> statement-breakpoint
-- As every table with user data: own rows only; the API reads them, the worker writes them, nobody else sees any.
DO $$
DECLARE table_name text;
BEGIN
  FOREACH table_name IN ARRAY ARRAY['points', 'bills', 'bill_lines'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
    EXECUTE format('CREATE POLICY own_rows ON %I TO moa_api, moa_worker USING (user_id = current_user_id()) WITH CHECK (user_id = current_user_id())', table_name);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT SELECT ON points, bills, bill_lines TO moa_api;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON points, bills, bill_lines TO moa_worker;
