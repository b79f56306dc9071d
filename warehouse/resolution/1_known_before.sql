-- The ids and titles that touched papers had before this load (table replaced: those that were there): references with
-- one of them may resolve otherwise now.
CREATE OR REPLACE TEMP TABLE stirred_ids AS
SELECT scheme, value FROM main.paper_ids SEMI JOIN replaced USING (paper_id);
CREATE OR REPLACE TEMP TABLE stirred_titles AS
SELECT title_key FROM ops.title_keys SEMI JOIN replaced USING (paper_id) WHERE position IS NULL;
