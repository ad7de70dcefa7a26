CREATE TABLE "kept_responses" (
	"user_id" bigint NOT NULL,
	"response_id" uuid NOT NULL,
	"institution_id" text NOT NULL,
	"generation" integer NOT NULL,
	"api" text NOT NULL,
	"status" integer NOT NULL,
	"headers" jsonb NOT NULL,
	"expected" text NOT NULL,
	"body_bytes" integer NOT NULL,
	"is_whole" boolean NOT NULL,
	"body_sealed" "bytea" NOT NULL,
	"kept_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "kept_responses_user_id_response_id_pk" PRIMARY KEY("user_id","response_id"),
	CONSTRAINT "one_response_per_id" UNIQUE("response_id"),
	CONSTRAINT "kept_for_a_time" CHECK ("kept_responses"."expires_at" > "kept_responses"."kept_at")
);
--> statement-breakpoint
ALTER TABLE "kept_responses" ADD CONSTRAINT "kept_responses_user_id_institution_id_user_institutions_user_id_institution_id_fk" FOREIGN KEY ("user_id","institution_id") REFERENCES "public"."user_institutions"("user_id","institution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "kept_responses_by_institution" ON "kept_responses" USING btree ("institution_id","kept_at");--> statement-breakpoint
ALTER TABLE kept_responses ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY own_rows ON kept_responses TO moa_api, moa_worker USING (user_id = current_user_id()) WITH CHECK (user_id = current_user_id());
--> statement-breakpoint
CREATE POLICY all_heads ON kept_responses TO moa_caretaker, moa_operator USING (true) WITH CHECK (true);
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE ON kept_responses TO moa_worker;
--> statement-breakpoint
-- What came, from where and when, and why it was not believed: neither whose it is nor what it said.
GRANT SELECT (response_id, institution_id, api, status, headers, expected, body_bytes, is_whole, kept_at, expires_at) ON kept_responses TO moa_operator;
--> statement-breakpoint
-- Whatever moves a generation (an end, a narrower scope, another consent) takes along what was kept under the one before,
-- in its own transaction; no role needs a right for it.
CREATE FUNCTION forget_kept_responses() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM kept_responses WHERE user_id = NEW.user_id AND institution_id = NEW.institution_id;
  RETURN NULL;
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION forget_kept_responses() FROM PUBLIC;
--> statement-breakpoint
CREATE TRIGGER kept_responses_end_with_their_consent AFTER UPDATE OF generation ON user_institutions
  FOR EACH ROW WHEN (OLD.generation <> NEW.generation) EXECUTE FUNCTION forget_kept_responses();
--> statement-breakpoint
-- How many an institution has had within a day, of all its users: a worker sees one user at a time.
CREATE FUNCTION kept_responses_of_a_day(institution text) RETURNS int LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$ SELECT count(*)::int FROM kept_responses WHERE institution_id = institution AND kept_at > now() - interval '1 day' $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION kept_responses_of_a_day(text) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION kept_responses_of_a_day(text) TO moa_worker;
--> statement-breakpoint
-- The one way to a body: who opens it, where and why is written in the audit before it is handed out, whatever becomes of
-- it then. With it come its user's wrapped keys, which open nothing without the ring.
CREATE FUNCTION open_kept_response(wanted uuid, by_whom text, reason text, at_place text)
RETURNS TABLE (user_id bigint, institution_id text, generation int, api text, body_sealed bytea, keys jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE kept kept_responses;
BEGIN
  SELECT * INTO kept FROM kept_responses k WHERE k.response_id = wanted AND k.expires_at > now();
  IF NOT FOUND THEN RETURN; END IF;
  INSERT INTO audit (actor, action, user_key, institution_id, reason, details, place)
    VALUES (by_whom, 'response.open', (SELECT u.user_key FROM users u WHERE u.user_id = kept.user_id),
      kept.institution_id, reason, jsonb_build_object('responseId', wanted, 'api', kept.api), at_place);
  RETURN QUERY SELECT kept.user_id, kept.institution_id, kept.generation, kept.api, kept.body_sealed,
    (SELECT jsonb_agg(jsonb_build_object('keyNo', d.key_no, 'wrappingKeyId', d.wrapping_key_id,
      'wrapped', encode(d.wrapped, 'base64'))) FROM data_keys d WHERE d.user_id = kept.user_id);
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION open_kept_response(uuid, text, text, text) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION open_kept_response(uuid, text, text, text) TO moa_operator;
