-- A letter to one person that is no issue: a question whether it was really them, a way to their data. It is a row until
-- long after it has left; its token opens what the letter speaks of, for a time.
CREATE TABLE letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('confirm', 'known', 'account')),
    subscriber BIGINT NOT NULL,
    -- The keyed hash of the address: who gets letters is limited even if the person is erased between two.
    address_hash TEXT NOT NULL,
    -- What is asked about: a JSON list of lists.
    lists TEXT NOT NULL,
    token TEXT NOT NULL UNIQUE,
    form_version TEXT,
    created_s BIGINT NOT NULL,
    -- Until when its token opens anything.
    expires_s BIGINT NOT NULL,
    -- When somebody did what it asks for.
    used_s BIGINT,
    state INTEGER NOT NULL,    -- 0 waiting, 1 on its way, 2 sent, 3 failed
    due_s BIGINT NOT NULL,     -- not before; of one on its way: when it is to be tried again
    attempts INTEGER NOT NULL
);

CREATE INDEX letter_due ON letter (due_s) WHERE state IN (0, 1);
CREATE INDEX letter_address ON letter (address_hash, created_s);
CREATE INDEX letter_created ON letter (created_s);

-- How often something was done in a stretch of time, by whom: names are keyed hashes.
CREATE TABLE quota (
    name TEXT NOT NULL,
    began_s BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (name, began_s)
) WITHOUT ROWID;

CREATE INDEX quota_began ON quota (began_s);

-- Those who never answered are looked for by their age.
CREATE INDEX subscription_unconfirmed ON subscription (created_s) WHERE state = 'unconfirmed';
