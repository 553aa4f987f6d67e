//! What a restore brings over from the database that it replaces: plain statements between the tables and copies of what was
//! there, so that they take any number of rows.
//!
//! Rows with numbers keep them where they can. A database that was begun anew after a loss has given the same numbers to other
//! things: those get numbers above all others, and what belongs to them follows.

/// What must not be forgotten, copied before it goes. `{since}` is when the backup was made.
pub(super) const CARRY: &str = "
CREATE TABLE carried_secret AS SELECT name, value FROM secret;
CREATE TABLE carried_suppression AS SELECT address_hash, reason, since_s FROM suppression;
CREATE TABLE carried_erased AS SELECT address_hash FROM suppression WHERE reason = 'erased'
    AND address_hash NOT IN (SELECT address_hash FROM subscriber);
CREATE TABLE carried_leaving AS SELECT s.address_key, p.list, COALESCE(p.unsubscribed_s, p.created_s) AS left_s
    FROM subscription p JOIN subscriber s ON s.id = p.subscriber WHERE p.state = 'unsubscribed';
CREATE TABLE carried_campaign AS SELECT * FROM campaign;
CREATE TABLE carried_variant AS SELECT * FROM variant
    WHERE campaign IN (SELECT id FROM campaign WHERE created_s >= {since});
CREATE TABLE carried_delivery AS SELECT * FROM delivery WHERE settled_s >= {since} OR state IN (1, 6)
    OR campaign IN (SELECT id FROM campaign WHERE created_s >= {since});
CREATE TABLE carried_submission AS SELECT * FROM submission;
CREATE TABLE carried_decision AS SELECT * FROM decision;
CREATE INDEX carried_decision_of ON carried_decision (submission);
CREATE TABLE carried_pull AS SELECT * FROM pull;
CREATE TABLE carried_candidate AS SELECT * FROM candidate;
CREATE TABLE carried_choice AS SELECT * FROM choice;
CREATE TABLE carried_nomination AS SELECT * FROM nomination;
CREATE TABLE carried_ballot AS SELECT * FROM ballot;
CREATE TABLE carried_result AS SELECT * FROM result;
CREATE TABLE carried_webhook AS SELECT * FROM webhook;
CREATE TABLE carried_told AS SELECT * FROM told;
CREATE TABLE carried_publication AS SELECT * FROM publication;
CREATE TABLE carried_publication_step AS SELECT * FROM publication_step;
CREATE TABLE carried_submission_now (was BIGINT PRIMARY KEY, is_now BIGINT);
CREATE TABLE carried_candidate_now (was BIGINT PRIMARY KEY, is_now BIGINT);
CREATE TABLE carried_nomination_now (was BIGINT PRIMARY KEY, is_now BIGINT);
";

/// The copies.
pub(super) const CARRIED: [&str; 22] = [
    "secret",
    "suppression",
    "erased",
    "leaving",
    "campaign",
    "variant",
    "delivery",
    "submission",
    "decision",
    "pull",
    "candidate",
    "choice",
    "nomination",
    "ballot",
    "result",
    "webhook",
    "told",
    "publication",
    "publication_step",
    "submission_now",
    "candidate_now",
    "nomination_now",
];

/// Tables into which rows come with numbers that they have.
pub(super) const NUMBERED: [&str; 3] = ["submission", "candidate", "nomination"];

/// What the number of rows that a statement changes is called.
#[derive(Clone, Copy, Debug)]
pub(super) enum Carry {
    Nothing,
    Suppressed,
    Campaigns,
    Deliveries,
    Left,
    Erased,
    Submissions,
    Decisions,
    Nominations,
    Ballots,
}

/// Which row of the backup a row that was there is: those that `$same` joins and that were not found before.
macro_rules! found {
    ($table:literal, $same:literal) => {
        concat!(
            "INSERT INTO carried_",
            $table,
            "_now SELECT g.id, MIN(n.id) FROM carried_",
            $table,
            " g JOIN ",
            $table,
            " n ON ",
            $same,
            " WHERE g.id NOT IN (SELECT was FROM carried_",
            $table,
            "_now) \
             AND n.id NOT IN (SELECT is_now FROM carried_",
            $table,
            "_now) GROUP BY g.id"
        )
    };
}

/// The numbers of rows that came since, which the backup does not have.
macro_rules! numbered {
    ($table:literal, $since:literal) => {
        concat!(
            "INSERT INTO carried_",
            $table,
            "_now SELECT g.id, CASE WHEN g.id IN (SELECT id FROM ",
            $table,
            ") \
             THEN g.id + (SELECT MAX(id) FROM ",
            $table,
            ") + (SELECT MAX(id) FROM carried_",
            $table,
            ") \
             ELSE g.id END FROM carried_",
            $table,
            " g WHERE g.",
            $since,
            " >= {since} \
             AND g.id NOT IN (SELECT was FROM carried_",
            $table,
            "_now)"
        )
    };
}

/// Brings these rows in.
macro_rules! brought {
    ($table:literal, $columns:literal) => {
        concat!(
            "INSERT INTO ",
            $table,
            " (id, ",
            $columns,
            ") {given}SELECT m.is_now, ",
            $columns,
            " FROM carried_",
            $table,
            " g JOIN carried_",
            $table,
            "_now m ON m.was = g.id \
             WHERE m.is_now NOT IN (SELECT id FROM ",
            $table,
            ")"
        )
    };
}

/// The lines of histories that the backup does not have.
macro_rules! history {
    ($history:literal, $of:literal, $which:literal) => {
        concat!(
            "INSERT INTO ", $history, " (", $of, ", at_s, who, what, detail) SELECT m.is_now, g.at_s, g.who, g.what, \
             g.detail FROM carried_", $history, " g JOIN carried_", $of, "_now m ON m.was = g.", $of, " \
             WHERE ", $which, " AND NOT EXISTS (SELECT 1 FROM ", $history, " d WHERE d.", $of, " = m.is_now \
             AND d.at_s = g.at_s AND d.who = g.who AND d.what = g.what AND COALESCE(d.detail, '') = \
             COALESCE(g.detail, '')) ORDER BY g.id"
        )
    };
}

/// What is done with it, in this order, and what the number of rows that it changes is called.
pub(super) const MERGE: &[(Carry, &str)] = &[
    (
        Carry::Nothing,
        "INSERT INTO secret (name, value) SELECT name, value FROM carried_secret WHERE TRUE \
         ON CONFLICT (name) DO NOTHING",
    ),
    (
        Carry::Suppressed,
        "INSERT INTO suppression (address_hash, reason, since_s) SELECT address_hash, reason, since_s \
         FROM carried_suppression WHERE TRUE ON CONFLICT (address_hash) DO NOTHING",
    ),
    // What has left, or may have. A worker that was sending is not there any more: what it had claimed is uncertain.
    (
        Carry::Deliveries,
        "UPDATE delivery SET state = CASE WHEN g.state = 1 THEN 6 ELSE g.state END, \
         settled_s = COALESCE(g.settled_s, {now}), attempts = g.attempts, reply = g.reply \
         FROM carried_delivery g JOIN carried_campaign o ON o.id = g.campaign \
         JOIN campaign c ON c.id = o.id AND c.created_s = o.created_s AND c.digest = o.digest \
         WHERE delivery.campaign = g.campaign AND delivery.subscriber = g.subscriber AND g.state NOT IN (0, 3) \
         AND delivery.state IN (0, 1, 3)",
    ),
    // Campaigns that the backup does not know, whole, so that their issues are not sent again.
    (
        Carry::Nothing,
        "DELETE FROM carried_campaign WHERE created_s < {since} OR EXISTS (SELECT 1 FROM campaign c WHERE \
         c.id = carried_campaign.id OR c.issue = carried_campaign.issue AND c.list = carried_campaign.list \
         AND c.state <> 'cancelled' AND carried_campaign.state <> 'cancelled')",
    ),
    (
        Carry::Campaigns,
        "INSERT INTO campaign {given}SELECT * FROM carried_campaign",
    ),
    (
        Carry::Nothing,
        "INSERT INTO variant SELECT * FROM carried_variant WHERE campaign IN (SELECT id FROM carried_campaign)",
    ),
    (
        Carry::Nothing,
        "INSERT INTO delivery SELECT * FROM carried_delivery WHERE campaign IN (SELECT id FROM carried_campaign)",
    ),
    (
        Carry::Nothing,
        "INSERT INTO consent (subscriber, list, state, given_s, recorded_s, how) SELECT s.id, p.list, 'unsubscribed', \
         l.left_s, {now}, 'restore' FROM carried_leaving l JOIN subscriber s ON s.address_key = l.address_key \
         JOIN subscription p ON p.subscriber = s.id AND p.list = l.list WHERE p.state <> 'unsubscribed' \
         AND COALESCE(p.confirmed_s, p.created_s) <= l.left_s",
    ),
    (
        Carry::Left,
        "UPDATE subscription SET state = 'unsubscribed', unsubscribed_s = g.left_s FROM (SELECT s.id, l.list, l.left_s \
         FROM carried_leaving l JOIN subscriber s ON s.address_key = l.address_key) AS g \
         WHERE subscription.subscriber = g.id AND subscription.list = g.list AND subscription.state <> 'unsubscribed' \
         AND COALESCE(subscription.confirmed_s, subscription.created_s) <= g.left_s",
    ),
    (
        Carry::Nothing,
        "UPDATE delivery SET reply = NULL WHERE reply IS NOT NULL AND subscriber IN (SELECT id FROM subscriber \
         WHERE address_hash IN (SELECT address_hash FROM carried_erased))",
    ),
    (
        Carry::Nothing,
        "DELETE FROM consent WHERE subscriber IN (SELECT id FROM subscriber \
         WHERE address_hash IN (SELECT address_hash FROM carried_erased))",
    ),
    (
        Carry::Nothing,
        "DELETE FROM subscription WHERE subscriber IN (SELECT id FROM subscriber \
         WHERE address_hash IN (SELECT address_hash FROM carried_erased))",
    ),
    (
        Carry::Erased,
        "DELETE FROM subscriber WHERE address_hash IN (SELECT address_hash FROM carried_erased)",
    ),
    // Submissions: the same number given at the same time, or the same token, or the same item of a pull request.
    (
        Carry::Nothing,
        found!(
            "submission",
            "n.id = g.id AND n.created_s = g.created_s AND n.page = g.page"
        ),
    ),
    (
        Carry::Nothing,
        found!("submission", "n.token_hash = g.token_hash"),
    ),
    (
        Carry::Nothing,
        found!(
            "submission",
            "n.pull = g.pull AND n.page = g.page AND n.position = g.position"
        ),
    ),
    // Who had it taken out whom to answer does not find it there again.
    (
        Carry::Nothing,
        "UPDATE submission SET contact = NULL, remark = NULL FROM carried_submission_now m \
         JOIN carried_submission g ON g.id = m.was WHERE submission.id = m.is_now AND g.contact IS NULL \
         AND g.remark IS NULL AND (submission.contact IS NOT NULL OR submission.remark IS NOT NULL)",
    ),
    // How it stands is what was decided last.
    (
        Carry::Nothing,
        "UPDATE submission SET position = g.position, item = g.item, title = g.title, url = g.url, \
         section = g.section, state = g.state, issue = g.issue, snoozed_until_s = g.snoozed_until_s, \
         reason = g.reason FROM carried_submission_now m JOIN carried_submission g ON g.id = m.was \
         WHERE submission.id = m.is_now AND (SELECT MAX(c.at_s) FROM carried_decision c WHERE c.submission = m.was) \
         >= (SELECT COALESCE(MAX(d.at_s), 0) FROM decision d WHERE d.submission = m.is_now)",
    ),
    (Carry::Nothing, numbered!("submission", "created_s")),
    (
        Carry::Submissions,
        brought!(
            "submission",
            "origin, pull, position, page, host, sender, item, title, url, section, remark, contact, machine_written, \
             state, issue, snoozed_until_s, reason, token_hash, created_s"
        ),
    ),
    (
        Carry::Nothing,
        history!("decision", "submission", "g.what = 'sent'"),
    ),
    (
        Carry::Decisions,
        history!("decision", "submission", "g.what <> 'sent'"),
    ),
    // Pull requests: what we answered is not answered again.
    (
        Carry::Nothing,
        "INSERT INTO pull (number, head, author, title, open, changes, obstacle, comment, said, read_s) \
         SELECT number, head, author, title, open, changes, obstacle, comment, said, read_s FROM carried_pull \
         WHERE TRUE ON CONFLICT (number) DO UPDATE SET head = excluded.head, title = excluded.title, \
         open = excluded.open, changes = excluded.changes, obstacle = excluded.obstacle, comment = excluded.comment, \
         said = excluded.said, read_s = excluded.read_s WHERE excluded.read_s >= pull.read_s",
    ),
    (
        Carry::Nothing,
        "INSERT INTO webhook (delivery, received_s) SELECT delivery, received_s FROM carried_webhook WHERE TRUE \
         ON CONFLICT (delivery) DO NOTHING",
    ),
    (
        Carry::Nothing,
        "INSERT INTO told (webhook, message, recorded_s) SELECT webhook, message, recorded_s FROM carried_told \
         WHERE TRUE ON CONFLICT (webhook, message) DO NOTHING",
    ),
    // What was published and announced is not published and announced again.
    (
        Carry::Nothing,
        "INSERT INTO publication (issue, title, draft, path, began_s, ended_s, holder, held_until_s) \
         SELECT issue, title, draft, path, began_s, ended_s, holder, held_until_s FROM carried_publication \
         WHERE began_s >= {since} OR issue IN (SELECT issue FROM publication) ON CONFLICT (issue) DO UPDATE SET \
         ended_s = excluded.ended_s, holder = excluded.holder, held_until_s = excluded.held_until_s \
         WHERE COALESCE(excluded.ended_s, excluded.began_s) >= COALESCE(publication.ended_s, publication.began_s)",
    ),
    (
        Carry::Nothing,
        "INSERT INTO publication_step (issue, step, target, state, detail, address, digest, who, recorded_s) \
         SELECT issue, step, target, state, detail, address, digest, who, recorded_s FROM carried_publication_step \
         WHERE issue IN (SELECT issue FROM publication) ON CONFLICT (issue, step, target) DO UPDATE SET \
         state = excluded.state, detail = excluded.detail, address = excluded.address, digest = excluded.digest, \
         who = excluded.who, recorded_s = excluded.recorded_s WHERE excluded.recorded_s >= publication_step.recorded_s",
    ),
    // Candidates.
    (Carry::Nothing, found!("candidate", "n.page = g.page")),
    (
        Carry::Nothing,
        "UPDATE candidate SET state = g.state, draft = g.draft, decided_s = g.decided_s, issue = g.issue, \
         snoozed_until_s = g.snoozed_until_s, reason = g.reason FROM carried_candidate g \
         WHERE candidate.page = g.page AND g.decided_s IS NOT NULL \
         AND g.decided_s >= COALESCE(candidate.decided_s, 0)",
    ),
    (Carry::Nothing, numbered!("candidate", "first_seen_s")),
    (
        Carry::Nothing,
        brought!(
            "candidate",
            "page, url, title, source, section, author, published_s, first_seen_s, points, comments, place, note, \
             state, decided_s, draft, issue, snoozed_until_s, reason"
        ),
    ),
    (Carry::Decisions, history!("choice", "candidate", "TRUE")),
    // Votes: a place is a nomination. What an editor decided about it is not undone by what nobody has decided.
    (
        Carry::Nothing,
        found!("nomination", "n.vote = g.vote AND n.place = g.place"),
    ),
    (
        Carry::Nothing,
        "UPDATE nomination SET subject = g.subject, title = g.title, url = g.url, body = g.body, \
         attribution = g.attribution, own = g.own, withdrawn = g.withdrawn, decided = g.decided \
         FROM carried_nomination g WHERE nomination.vote = g.vote AND nomination.place = g.place \
         AND g.decided >= nomination.decided",
    ),
    (Carry::Nothing, numbered!("nomination", "recorded_s")),
    (
        Carry::Nominations,
        brought!(
            "nomination",
            "vote, subject, title, url, body, attribution, sender, name, place, own, withdrawn, decided, at_s, recorded_s"
        ),
    ),
    (
        Carry::Ballots,
        "INSERT INTO ballot (nomination, kind, voter, count, place, at_s) SELECT m.is_now, g.kind, g.voter, g.count, \
         g.place, g.at_s FROM carried_ballot g JOIN carried_nomination_now m ON m.was = g.nomination \
         WHERE NOT EXISTS (SELECT 1 FROM ballot b WHERE b.nomination = m.is_now AND b.kind = g.kind \
         AND b.voter = g.voter AND (g.kind = 'ballots' OR b.at_s = g.at_s))",
    ),
    (
        Carry::Nothing,
        "INSERT INTO result (vote, issue, winner, subject, counted, picked, placed, recorded_s) \
         SELECT g.vote, g.issue, COALESCE(m.is_now, g.winner), g.subject, g.counted, g.picked, g.placed, g.recorded_s \
         FROM carried_result g LEFT JOIN carried_nomination_now m ON m.was = g.winner WHERE g.recorded_s >= {since} \
         ON CONFLICT (vote, issue) DO UPDATE SET winner = excluded.winner, subject = excluded.subject, \
         counted = excluded.counted, picked = excluded.picked, placed = excluded.placed, \
         recorded_s = excluded.recorded_s WHERE excluded.recorded_s >= result.recorded_s",
    ),
];
