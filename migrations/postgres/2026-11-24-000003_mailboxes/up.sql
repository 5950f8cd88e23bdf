CREATE TABLE mailboxes (
    id UUID NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    folder TEXT NOT NULL,
    uid_validity BIGINT,
    last_uid BIGINT NOT NULL,
    leased_until TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX mailboxes_by_account_and_folder ON mailboxes (account, folder);
