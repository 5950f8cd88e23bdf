DROP TABLE day_conflicts;
