-- Ids that sources claim for several papers.
SELECT scheme, value, paper_ids, claims FROM main.paper_id_conflicts ORDER BY scheme, value;
