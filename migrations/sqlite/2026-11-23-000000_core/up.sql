CREATE TABLE cooperations (
    id TEXT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    mailbox TEXT,
    quorum INTEGER,
    generation INTEGER NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE TABLE municipalities (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    name TEXT NOT NULL,
    ags TEXT,
    position INTEGER NOT NULL,
    joined_on TEXT NOT NULL,
    left_on TEXT,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX municipalities_by_cooperation_id ON municipalities (cooperation_id);
CREATE TABLE venues (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    municipality_id TEXT NOT NULL REFERENCES municipalities (id),
    name TEXT NOT NULL,
    room TEXT,
    street TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    locality TEXT NOT NULL,
    directions TEXT,
    latitude REAL,
    longitude REAL,
    preferred INTEGER NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX venues_by_cooperation_id_and_municipality_id ON venues (cooperation_id, municipality_id);
CREATE TABLE blackouts (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    municipality_id TEXT NOT NULL REFERENCES municipalities (id),
    starts_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    reason TEXT,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX blackouts_by_cooperation_id_and_municipality_id ON blackouts (cooperation_id, municipality_id);
CREATE TABLE people (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    address TEXT NOT NULL,
    address_key TEXT NOT NULL,
    language TEXT NOT NULL,
    function TEXT,
    phone TEXT,
    undeliverable_since TEXT,
    undeliverable_words TEXT,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE UNIQUE INDEX people_by_cooperation_id_and_address_key ON people (cooperation_id, address_key) WHERE deleted_at IS NULL;
CREATE TABLE memberships (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    municipality_id TEXT REFERENCES municipalities (id),
    role TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_until TEXT,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX memberships_by_cooperation_id_and_person_id ON memberships (cooperation_id, person_id);
CREATE INDEX memberships_by_cooperation_id_and_municipality_id ON memberships (cooperation_id, municipality_id);
CREATE TABLE tokens (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT REFERENCES cooperations (id),
    person_id TEXT REFERENCES people (id),
    role TEXT NOT NULL,
    label TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    expires_at TEXT,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX tokens_by_cooperation_id ON tokens (cooperation_id);
CREATE TABLE series (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    title TEXT NOT NULL,
    rule TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    start_time TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    duration_minutes INTEGER NOT NULL,
    horizon_months INTEGER NOT NULL,
    call_for_topics_days INTEGER NOT NULL,
    topic_deadline_days INTEGER NOT NULL,
    invitation_days INTEGER NOT NULL,
    answer_days INTEGER NOT NULL,
    reminder_days INTEGER NOT NULL,
    change_window_minutes INTEGER NOT NULL,
    topics_need_acceptance INTEGER NOT NULL,
    cancelled_turn TEXT NOT NULL,
    template_agenda TEXT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX series_by_cooperation_id ON series (cooperation_id);
CREATE TABLE meetings (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    series_id TEXT NOT NULL REFERENCES series (id),
    uid TEXT NOT NULL UNIQUE,
    number INTEGER NOT NULL,
    title TEXT,
    status TEXT NOT NULL,
    occurrence_on TEXT,
    date TEXT NOT NULL,
    start_time TEXT NOT NULL,
    duration_minutes INTEGER NOT NULL,
    time_zone TEXT NOT NULL,
    starts_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    host_id TEXT REFERENCES municipalities (id),
    venue_id TEXT REFERENCES venues (id),
    sequence INTEGER NOT NULL,
    asked_sequence INTEGER NOT NULL,
    changed_at TEXT NOT NULL,
    tell_at TEXT,
    invited_at TEXT,
    closed_at TEXT,
    cancelled_at TEXT,
    cancelled_reason TEXT,
    template_agenda TEXT,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE UNIQUE INDEX meetings_by_series_id_and_occurrence_on ON meetings (series_id, occurrence_on);
CREATE INDEX meetings_by_cooperation_id_and_series_id_and_starts_at ON meetings (cooperation_id, series_id, starts_at);
CREATE INDEX meetings_by_status_and_starts_at ON meetings (status, starts_at);
CREATE INDEX meetings_by_tell_at ON meetings (tell_at) WHERE tell_at IS NOT NULL;
CREATE TABLE turns (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    series_id TEXT NOT NULL REFERENCES series (id),
    meeting_id TEXT NOT NULL REFERENCES meetings (id),
    entry INTEGER NOT NULL,
    state TEXT NOT NULL,
    due_id TEXT REFERENCES municipalities (id),
    host_id TEXT REFERENCES municipalities (id),
    source TEXT NOT NULL,
    reason TEXT,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE UNIQUE INDEX turns_by_series_id_and_entry ON turns (series_id, entry);
CREATE TABLE agenda_items (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    series_id TEXT NOT NULL REFERENCES series (id),
    meeting_id TEXT REFERENCES meetings (id),
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    minutes INTEGER NOT NULL,
    description TEXT,
    presenter TEXT,
    links TEXT NOT NULL,
    public INTEGER NOT NULL,
    state TEXT NOT NULL,
    state_reason TEXT,
    late INTEGER NOT NULL,
    proposed_by_id TEXT REFERENCES people (id),
    result TEXT,
    carried_from_id TEXT REFERENCES agenda_items (id),
    carried_count INTEGER NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE UNIQUE INDEX agenda_items_by_carried_from_id ON agenda_items (carried_from_id);
CREATE INDEX agenda_items_by_cooperation_id_and_meeting_id ON agenda_items (cooperation_id, meeting_id);
CREATE INDEX agenda_items_by_cooperation_id_and_series_id ON agenda_items (cooperation_id, series_id);
CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    meeting_id TEXT NOT NULL REFERENCES meetings (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    state TEXT NOT NULL,
    told TEXT,
    told_sequence INTEGER,
    first_message_id TEXT,
    invited_at TEXT,
    withdrawn_at TEXT,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE UNIQUE INDEX invitations_by_meeting_id_and_person_id ON invitations (meeting_id, person_id);
CREATE INDEX invitations_by_cooperation_id_and_meeting_id ON invitations (cooperation_id, meeting_id);
CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    meeting_id TEXT NOT NULL REFERENCES meetings (id),
    invitation_id TEXT NOT NULL REFERENCES invitations (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    kind TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    letter TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt_at TEXT NOT NULL,
    leased_until TEXT,
    last_words TEXT,
    sent_at TEXT,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX messages_by_next_attempt_at ON messages (next_attempt_at) WHERE state = 'queued';
CREATE INDEX messages_by_invitation_id ON messages (invitation_id);
CREATE INDEX messages_by_cooperation_id_and_meeting_id ON messages (cooperation_id, meeting_id);
CREATE TABLE answers (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    meeting_id TEXT NOT NULL REFERENCES meetings (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    answer TEXT NOT NULL,
    comment TEXT,
    way TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    starts_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    answered_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX answers_by_cooperation_id_and_meeting_id_and_person_id ON answers (cooperation_id, meeting_id, person_id);
CREATE TABLE attendances (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    meeting_id TEXT NOT NULL REFERENCES meetings (id),
    person_id TEXT REFERENCES people (id),
    municipality_id TEXT REFERENCES municipalities (id),
    guest_name TEXT,
    organisation TEXT,
    presence TEXT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE UNIQUE INDEX attendances_by_meeting_id_and_person_id ON attendances (meeting_id, person_id);
CREATE INDEX attendances_by_cooperation_id_and_meeting_id ON attendances (cooperation_id, meeting_id);
CREATE TABLE feeds (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    scope TEXT NOT NULL,
    person_id TEXT REFERENCES people (id),
    series_id TEXT REFERENCES series (id),
    label TEXT,
    hash TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX feeds_by_cooperation_id ON feeds (cooperation_id);
CREATE TABLE idempotency_keys (
    id TEXT NOT NULL PRIMARY KEY,
    token_id TEXT NOT NULL REFERENCES tokens (id),
    idempotency_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    etag TEXT,
    location TEXT,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX idempotency_keys_by_token_id_and_idempotency_key ON idempotency_keys (token_id, idempotency_key);
CREATE INDEX idempotency_keys_by_created_at ON idempotency_keys (created_at);
