-- A person who reads, or did. The token stands in links and in envelope senders; it names nobody.
CREATE TABLE subscriber (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- As it was written.
    address TEXT NOT NULL,
    -- What tells addresses apart.
    address_key TEXT NOT NULL UNIQUE,
    -- The keyed hash by which the suppression list knows it.
    address_hash TEXT NOT NULL,
    -- Where its mail goes.
    domain TEXT NOT NULL,
    token TEXT NOT NULL UNIQUE,
    name TEXT,
    language TEXT,
    -- Regions for events, and ids of sections that are left out: JSON lists, NULL for everything.
    regions TEXT,
    left_out TEXT,
    text_only BOOLEAN NOT NULL DEFAULT FALSE,
    soft_bounces BIGINT NOT NULL DEFAULT 0,
    bounced_s BIGINT,
    created_s BIGINT NOT NULL
);

-- Who reads which list; lists are in press.toml.
CREATE TABLE subscription (
    list TEXT NOT NULL,
    subscriber BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('unconfirmed', 'confirmed', 'unsubscribed')),
    created_s BIGINT NOT NULL,
    confirmed_s BIGINT,
    unsubscribed_s BIGINT,
    PRIMARY KEY (list, subscriber)
) WITHOUT ROWID;

CREATE INDEX subscription_subscriber ON subscription (subscriber);

-- What a person agreed to, and how we know. Rows are added, never changed; they go when the person does.
CREATE TABLE consent (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subscriber BIGINT NOT NULL,
    list TEXT NOT NULL,
    -- The state that it led to.
    state TEXT NOT NULL,
    given_s BIGINT NOT NULL,
    recorded_s BIGINT NOT NULL,
    how TEXT NOT NULL,
    form_version TEXT,
    source TEXT
);

CREATE INDEX consent_subscriber ON consent (subscriber);

-- Addresses that must not be mailed, as keyed hashes: who was erased stays erased.
CREATE TABLE suppression (
    address_hash TEXT NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL CHECK (reason IN ('hard-bounce', 'complaint', 'erased', 'manual')),
    since_s BIGINT NOT NULL
) WITHOUT ROWID;

-- Keys that this database made for itself.
CREATE TABLE secret (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Rows of a file on their way in; empty whenever no import is under way.
CREATE TABLE arrival (
    line BIGINT NOT NULL,
    address TEXT NOT NULL,
    address_key TEXT NOT NULL,
    address_hash TEXT NOT NULL,
    domain TEXT NOT NULL,
    token TEXT NOT NULL,
    name TEXT,
    language TEXT,
    regions TEXT,
    left_out TEXT,
    text_only BOOLEAN NOT NULL,
    created_s BIGINT NOT NULL,
    list TEXT NOT NULL,
    -- NULL for an address that only is suppressed.
    state TEXT,
    -- Which of two states wins: unconfirmed 0, confirmed 1, unsubscribed 2.
    weight BIGINT NOT NULL,
    subscribed_s BIGINT NOT NULL,
    confirmed_s BIGINT,
    unsubscribed_s BIGINT,
    how TEXT NOT NULL,
    form_version TEXT,
    reason TEXT,
    since_s BIGINT NOT NULL
);
