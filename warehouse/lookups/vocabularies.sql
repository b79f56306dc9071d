-- What is loaded of each vocabulary, and why its last refresh failed.
SELECT name, version, rows, loaded_at, error, address, sha256 FROM ops.vocabularies ORDER BY name;
