-- The size of the open file in bytes, and how much of it is free blocks.
SELECT block_size * total_blocks AS bytes, block_size * free_blocks AS free
FROM pragma_database_size()
WHERE database_name = current_database();
