-- Forget when papers came that go with this load.
DELETE FROM ops.arrivals
WHERE paper_id IN (SELECT paper_id FROM replaced ANTI JOIN new_papers USING (paper_id));
