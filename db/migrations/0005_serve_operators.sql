CREATE INDEX "plans_that_failed" ON "plans" USING btree ("institution_id","failure") WHERE failure IS NOT NULL;--> statement-breakpoint
CREATE INDEX "refreshes_by_opening" ON "refreshes" USING btree ("opened_at","user_id","refresh_no");--> statement-breakpoint
-- Who a user is at the issuer is nobody's business here: caretaker and operator name people by their opaque key.
REVOKE SELECT ON users FROM moa_caretaker, moa_operator;
--> statement-breakpoint
GRANT SELECT (user_id, user_key, state) ON users TO moa_caretaker, moa_operator;
--> statement-breakpoint
-- Gaps name assets: that a part has some is its reason, which ones is the user's.
REVOKE SELECT ON collections, snapshot_institutions FROM moa_caretaker;
--> statement-breakpoint
REVOKE SELECT ON snapshot_institutions FROM moa_operator;
--> statement-breakpoint
GRANT SELECT (user_id, snapshot_no, institution_id, generation, state, seq, as_of, reason, is_required) ON snapshot_institutions TO moa_caretaker, moa_operator;
--> statement-breakpoint
GRANT SELECT (user_id, institution_id, seq, generation, refresh_no, round, as_of, outcome, collected_at) ON collections TO moa_caretaker;
--> statement-breakpoint
-- Operators read what operators did; nobody changes it.
CREATE POLICY reading ON audit FOR SELECT TO moa_operator USING (true);
--> statement-breakpoint
GRANT SELECT ON audit TO moa_operator;
