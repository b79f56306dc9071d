-- They were asked about now; those that are not in the warehouse any more, as after a better id, are left out.
INSERT INTO ops.asked
SELECT $purpose, paper_id, now() FROM main.papers WHERE paper_id IN (SELECT unnest($papers));
