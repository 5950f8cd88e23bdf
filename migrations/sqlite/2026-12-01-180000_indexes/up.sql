-- Every table of a cooperation has an index that begins with it.
CREATE INDEX people_by_cooperation_id ON people (cooperation_id);
CREATE INDEX turns_by_cooperation_id ON turns (cooperation_id);
CREATE INDEX swap_answers_by_cooperation_id ON swap_answers (cooperation_id);
CREATE INDEX host_confirmations_by_cooperation_id ON host_confirmations (cooperation_id);
CREATE INDEX poll_ballots_by_cooperation_id ON poll_ballots (cooperation_id);
-- Mails whose content is to be forgotten one day.
CREATE INDEX inbound_mails_by_created_at ON inbound_mails (created_at) WHERE subject <> '';
-- How many mails somebody got lately.
CREATE INDEX messages_by_person_id_and_created_at ON messages (person_id, created_at);
-- In which cooperations the author of a mail is known.
CREATE INDEX people_by_address_key ON people (address_key);
