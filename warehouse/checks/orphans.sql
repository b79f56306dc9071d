-- Rows of the touched papers' children whose paper is not there, and references to such a one.
SELECT 'authors' AS table_name, paper_id FROM main.authors SEMI JOIN touched USING (paper_id) ANTI JOIN main.papers USING (paper_id)
UNION ALL
SELECT 'entities', paper_id FROM main.entities SEMI JOIN touched USING (paper_id) ANTI JOIN main.papers USING (paper_id)
UNION ALL
SELECT 'references', paper_id FROM main.references SEMI JOIN touched USING (paper_id) ANTI JOIN main.papers USING (paper_id)
UNION ALL
SELECT 'sections', paper_id FROM main.sections SEMI JOIN touched USING (paper_id) ANTI JOIN main.papers USING (paper_id)
UNION ALL
SELECT 'paper_sources', paper_id FROM main.paper_sources SEMI JOIN touched USING (paper_id) ANTI JOIN main.papers USING (paper_id)
UNION ALL
SELECT 'paper_ids', paper_id FROM main.paper_ids SEMI JOIN touched USING (paper_id) ANTI JOIN main.papers USING (paper_id)
UNION ALL
SELECT 'references: cited_paper_id', cited_paper_id
FROM main.references
WHERE (paper_id IN (FROM touched) OR cited_paper_id IN (FROM touched))
    AND cited_paper_id NOT IN (SELECT paper_id FROM main.papers);
