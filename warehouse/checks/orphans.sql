-- Rows of the touched papers' children whose paper is not there, and references to such a one.
WITH there AS MATERIALIZED (
    SELECT paper_id FROM main.papers SEMI JOIN touched USING (paper_id)
), missing AS MATERIALIZED (
    FROM touched ANTI JOIN there USING (paper_id)
), cited AS MATERIALIZED (
    SELECT DISTINCT cited_paper_id FROM main.references SEMI JOIN touched USING (paper_id)
    WHERE cited_paper_id IS NOT NULL
), cited_there AS MATERIALIZED (
    SELECT paper_id AS cited_paper_id FROM main.papers WHERE paper_id IN (FROM cited)
)
SELECT 'authors' AS table_name, paper_id FROM main.authors SEMI JOIN missing USING (paper_id)
UNION ALL
SELECT 'entities', paper_id FROM main.entities SEMI JOIN missing USING (paper_id)
UNION ALL
SELECT 'references', paper_id FROM main.references SEMI JOIN missing USING (paper_id)
UNION ALL
SELECT 'sections', paper_id FROM main.sections SEMI JOIN missing USING (paper_id)
UNION ALL
SELECT 'paper_sources', paper_id FROM main.paper_sources SEMI JOIN missing USING (paper_id)
UNION ALL
SELECT 'paper_ids', paper_id FROM main.paper_ids SEMI JOIN missing USING (paper_id)
UNION ALL
SELECT 'references: cited_paper_id', cited_paper_id FROM main.references WHERE cited_paper_id IN (FROM missing)
UNION ALL
SELECT 'references: cited_paper_id', cited_paper_id FROM cited ANTI JOIN cited_there USING (cited_paper_id);
