ALTER TABLE "user_institutions" ADD COLUMN "needs_user_because" text;--> statement-breakpoint
-- Whoever waits for its user already: by what its last refused reading said.
UPDATE "user_institutions" ui SET "needs_user_because" = coalesce((
    SELECT p.failure FROM plans p
    WHERE p.user_id = ui.user_id AND p.institution_id = ui.institution_id AND p.failure IN ('CredentialsRejected', 'ConsentEnded')
    ORDER BY p.refresh_no DESC LIMIT 1), 'CredentialsRejected')
  WHERE ui.consent_state = 'needs_user';--> statement-breakpoint
ALTER TABLE "user_institutions" ADD CONSTRAINT "needs_user_with_a_cause" CHECK (("user_institutions"."consent_state" = 'needs_user') = ("user_institutions"."needs_user_because" IS NOT NULL));
