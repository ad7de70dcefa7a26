-- What says that something of a user's changed, for whoever keeps streams open for many users: a digest of row versions,
-- and nothing of what they hold. One index look-up each in refreshes and published_snapshots; the rows of a refresh are
-- looked at only while it is open, since closing it is a version of its own.
CREATE FUNCTION change_marks(wanted bigint[]) RETURNS TABLE (user_id bigint, mark text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT w.user_id, md5(concat_ws(' ', r.refresh_no, r.version, p.versions, a.versions, s.pointers))
    FROM unnest(wanted) AS w (user_id)
    LEFT JOIN LATERAL (
      SELECT refresh_no, xmin::text AS version, closed_at IS NULL AS is_open FROM refreshes
      WHERE refreshes.user_id = w.user_id ORDER BY refresh_no DESC LIMIT 1
    ) r ON true
    LEFT JOIN LATERAL (
      SELECT string_agg(xmin::text, ',' ORDER BY institution_id) AS versions FROM plans
      WHERE r.is_open AND plans.user_id = w.user_id AND plans.refresh_no = r.refresh_no
    ) p ON true
    LEFT JOIN LATERAL (
      SELECT string_agg(xmin::text, ',' ORDER BY institution_id, round, attempt) AS versions FROM attempts
      WHERE r.is_open AND attempts.user_id = w.user_id AND attempts.refresh_no = r.refresh_no
    ) a ON true
    LEFT JOIN LATERAL (
      SELECT string_agg(view || snapshot_no, ',' ORDER BY view) AS pointers FROM published_snapshots
      WHERE published_snapshots.user_id = w.user_id
    ) s ON true
  $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION change_marks(bigint[]) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION change_marks(bigint[]) TO moa_api;
