DROP TABLE told_turns;
DROP TABLE host_confirmations;
DROP TABLE swap_answers;
DROP TABLE swap_requests;
ALTER TABLE series DROP COLUMN host_confirmation_days;
