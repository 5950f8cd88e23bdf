ALTER TABLE told_turns DROP COLUMN cohosts;
ALTER TABLE meetings DROP COLUMN cohosts;
ALTER TABLE turns DROP COLUMN cohosts;
