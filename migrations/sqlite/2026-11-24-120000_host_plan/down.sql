ALTER TABLE meetings DROP COLUMN due_id;
ALTER TABLE series DROP COLUMN host_weights;
