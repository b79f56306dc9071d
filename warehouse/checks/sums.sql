-- Runs whose counts do not add up: every paper that was fetched is loaded, unchanged or rejected.
SELECT run_id, fetched, loaded, unchanged, rejected FROM ops.runs WHERE fetched <> loaded + unchanged + rejected;
