-- Forget that documents of a withdrawn source were worked through, so that a later run loads them anew; landing keeps
-- their bytes, and its journals their addresses.
DELETE FROM ops.documents WHERE source IN (SELECT unnest($sources));
