-- Write down what the candidates resolve to, where that is not what they resolve to already.
CREATE OR REPLACE TEMP TABLE turned AS
SELECT candidates.row, found.cited_paper_id, found.resolved_by
FROM candidates
LEFT JOIN (FROM resolved_by_id UNION ALL FROM resolved_by_title) AS found USING (paper_id, position)
WHERE found.cited_paper_id IS DISTINCT FROM candidates.cited_paper_id
    OR found.resolved_by IS DISTINCT FROM candidates.resolved_by;
UPDATE main.references AS citing
SET cited_paper_id = turned.cited_paper_id, resolved_by = turned.resolved_by
FROM turned
WHERE citing.rowid = turned.row;
