ALTER TABLE series DROP COLUMN counter_proposals;
