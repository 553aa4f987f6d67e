-- Sendings of issues, and what became of each message.

CREATE TABLE campaign (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    issue TEXT NOT NULL,      -- what tells issues apart: the name of the file without its ending
    title TEXT NOT NULL,
    list TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('planned', 'sending', 'paused', 'finished', 'cancelled')),
    reason TEXT,              -- why it is paused
    digest TEXT NOT NULL,     -- of the text that was frozen
    audience BIGINT NOT NULL, -- how many deliveries were frozen
    slice BIGINT NOT NULL,    -- how many of them go first; 0 if all go at once
    part SMALLINT NOT NULL,   -- the part that may go: 0 the slice or everybody, 1 the rest
    created_s BIGINT NOT NULL,
    start_s BIGINT NOT NULL,  -- when it is to begin
    began_s BIGINT,
    ended_s BIGINT
);

-- An issue goes to a list once, unless that was called off.
CREATE UNIQUE INDEX campaign_once ON campaign (issue, list) WHERE state <> 'cancelled';

-- What a campaign's messages say, as it was frozen; one for each choice of regions, sections and form.
CREATE TABLE variant (
    campaign BIGINT NOT NULL REFERENCES campaign (id),
    number INTEGER NOT NULL,
    choice TEXT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (campaign, number)
);

CREATE UNIQUE INDEX variant_choice ON variant (campaign, choice);

-- The ledger: a row for each message that is to leave. No address stands here; erasing a subscriber leaves a number.
CREATE TABLE delivery (
    campaign BIGINT NOT NULL,
    subscriber BIGINT NOT NULL,
    due_s BIGINT NOT NULL,     -- not before
    settled_s BIGINT,
    worker BIGINT,             -- who claimed it last
    batch BIGINT,              -- and with which claim
    variant INTEGER NOT NULL,
    part SMALLINT NOT NULL,
    state SMALLINT NOT NULL,   -- 0 queued, 1 sending, 2 sent, 3 deferred, 4 failed, 5 skipped, 6 uncertain
    attempts SMALLINT NOT NULL,
    reply TEXT,                -- what the server said, or why it did not leave
    PRIMARY KEY (campaign, subscriber)
);

-- What can be claimed, and what is claimed: both stay small beside millions of settled rows.
CREATE INDEX delivery_due ON delivery (campaign, part, due_s, subscriber) WHERE state IN (0, 3);
CREATE INDEX delivery_claimed ON delivery (worker, batch) WHERE state = 1;
CREATE INDEX delivery_uncertain ON delivery (campaign, subscriber) WHERE state = 6;

-- Processes that send. A row goes when its process leaves in order; one that died is found by the lock it no longer
-- holds.
CREATE TABLE worker (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL,
    began_s BIGINT NOT NULL
);
