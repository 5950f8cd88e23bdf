DROP TABLE poll_ballots;
DROP TABLE poll_candidates;
DROP TABLE polls;
