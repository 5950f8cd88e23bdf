DROP TABLE school_holidays;
ALTER TABLE meetings DROP COLUMN day_choice;
ALTER TABLE series DROP COLUMN avoided_days;
