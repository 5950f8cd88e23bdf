CREATE TABLE mailboxes (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    folder TEXT NOT NULL,
    uid_validity INTEGER,
    last_uid INTEGER NOT NULL,
    leased_until TEXT,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX mailboxes_by_account_and_folder ON mailboxes (account, folder);
