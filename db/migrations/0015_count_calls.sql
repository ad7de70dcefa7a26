CREATE TABLE "institution_minutes" (
	"institution_id" text NOT NULL,
	"minute" timestamp (0) with time zone NOT NULL,
	"calls" integer NOT NULL,
	"failures" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"latency" integer[] NOT NULL,
	CONSTRAINT "institution_minutes_institution_id_minute_pk" PRIMARY KEY("institution_id","minute"),
	CONSTRAINT "minutes_are_whole" CHECK ("institution_minutes"."minute" = date_trunc('minute', "institution_minutes"."minute")),
	CONSTRAINT "one_count_per_bucket" CHECK (cardinality("institution_minutes"."latency") = 32),
	CONSTRAINT "there_were_calls" CHECK ("institution_minutes"."calls" > 0)
);
--> statement-breakpoint
CREATE INDEX "institution_minutes_by_minute" ON "institution_minutes" USING btree ("minute");--> statement-breakpoint
-- Workers count and take away what is old; whoever shows how institutions fare reads.
GRANT SELECT, INSERT, UPDATE, DELETE ON institution_minutes TO moa_worker;
--> statement-breakpoint
GRANT SELECT ON institution_minutes TO moa_api, moa_caretaker, moa_operator;
