CREATE INDEX "consents_that_end" ON "consents" USING btree ("ends_at") WHERE ended_at IS NULL;--> statement-breakpoint
-- Purposes have names now, and no call is made for one that has none; until here there was one, in words.
UPDATE consents SET purpose = 'view-and-analyse' WHERE ended_at IS NULL AND purpose NOT IN ('view-and-analyse', 'view-on-request');
