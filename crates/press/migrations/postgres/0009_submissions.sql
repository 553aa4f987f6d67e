-- What people sent: links by form or API, and the items of pull requests.
CREATE TABLE submission (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    origin TEXT NOT NULL CHECK (origin IN ('form', 'api', 'pull-request')),
    -- The pull request, and which of its items this is.
    pull BIGINT,
    position BIGINT NOT NULL DEFAULT 0,
    -- What tells pages apart, and the host of its address: for limits.
    page TEXT NOT NULL,
    host TEXT NOT NULL,
    -- Whose limits it counts against: a keyed hash, or an account of a forge.
    sender TEXT NOT NULL,
    -- The item as it is to be placed: JSON.
    item TEXT NOT NULL,
    title TEXT NOT NULL,
    url TEXT NOT NULL,
    section TEXT,
    -- What the sender wants the editors to know, and how to reach the sender; both are taken out when somebody asks.
    remark TEXT,
    contact TEXT,
    -- Whether a machine wrote the linked text, as the sender says; NULL if nothing was said.
    machine_written BOOLEAN,
    state TEXT NOT NULL CHECK (state IN ('queued', 'accepted', 'placed', 'declined', 'withdrawn')),
    -- The number of the issue that it waits for, or stands in.
    issue BIGINT,
    snoozed_until_s BIGINT,
    reason TEXT,
    -- The hash of the token that shows the sender how it stands.
    token_hash TEXT UNIQUE,
    created_s BIGINT NOT NULL
);

CREATE INDEX submission_state ON submission (state, created_s);
CREATE INDEX submission_page ON submission (page);
CREATE INDEX submission_pull ON submission (pull);
CREATE INDEX submission_sender ON submission (sender, created_s);
CREATE INDEX submission_host ON submission (host, created_s);

-- What became of it, and who decided. Rows are added, never changed.
CREATE TABLE decision (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    submission BIGINT NOT NULL,
    at_s BIGINT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT
);

CREATE INDEX decision_submission ON decision (submission, id);

-- Pull requests of the newsletter's repository, as they were read last.
CREATE TABLE pull (
    number BIGINT NOT NULL PRIMARY KEY,
    -- The commit that was read.
    head TEXT NOT NULL,
    author TEXT NOT NULL,
    title TEXT NOT NULL,
    open BOOLEAN NOT NULL,
    -- What it changes beside its items: JSON.
    changes TEXT NOT NULL,
    -- Why it cannot be merged by us, if so.
    obstacle TEXT,
    -- Our comment on it, and the hash of what it says.
    comment BIGINT,
    said TEXT,
    read_s BIGINT NOT NULL
);

-- Deliveries of webhooks that were dealt with.
CREATE TABLE webhook (
    delivery TEXT NOT NULL PRIMARY KEY,
    received_s BIGINT NOT NULL
);
