//! The table of all operations.

use super::schemas as of;
use super::{Answer, LONGEST, MOST_FOUND, Operation, Parameter};
use serde_json::json;

const BUSY: Answer = Answer(
    429,
    "Too many have asked; `Retry-After` says when to come again.",
    None,
);
const ABSENT: Answer = Answer(404, "There is no such thing.", None);
const REFUSED: Answer = Answer(409, "As things stand it cannot be done.", None);

const TOKEN: Parameter = Parameter {
    name: "token",
    place: "path",
    about: "As the receipt has it.",
    schema: || json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,100}$" }),
};
const ID: Parameter = Parameter {
    name: "id",
    place: "path",
    about: "The number, as the inbox has it.",
    schema: || json!({ "type": "integer", "minimum": 1, "maximum": 999_999_999_999_999_i64 }),
};
const ALL: Parameter = Parameter {
    name: "all",
    place: "query",
    about: "Also what rests or is for a later issue, and what an issue or the draft has already.",
    schema: || json!({ "type": "string", "enum": ["true", "false"] }),
};

/// Words and filters.
const SEARCH: &[Parameter] = &[
    Parameter {
        name: "q",
        place: "query",
        about: "Words; several in quotation marks stand together; one with a star may go on, as may the last.",
        schema: || json!({ "type": "string", "maxLength": LONGEST }),
    },
    Parameter {
        name: "section",
        place: "query",
        about: "The id of a section; what stands in sections within it counts too.",
        schema: || json!({ "type": "string", "maxLength": LONGEST }),
    },
    Parameter {
        name: "year",
        place: "query",
        about: "The year of the issue.",
        schema: || json!({ "type": "integer", "minimum": -9999, "maximum": 9999 }),
    },
    Parameter {
        name: "mark",
        place: "query",
        about: "The id of a mark, such as `video`.",
        schema: || json!({ "type": "string", "maxLength": LONGEST }),
    },
    Parameter {
        name: "host",
        place: "query",
        about: "A host that entries lead to, or the end of its name.",
        schema: || json!({ "type": "string", "maxLength": LONGEST }),
    },
    Parameter {
        name: "limit",
        place: "query",
        about: "How many entries; 10 if it is not said.",
        schema: || json!({ "type": "integer", "minimum": 1, "maximum": MOST_FOUND }),
    },
];

/// An operation that reads.
const fn get(
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    answers: &'static [Answer],
) -> Operation {
    Operation {
        method: "GET",
        path,
        id,
        summary,
        parameters: &[],
        editors: false,
        body: None,
        answers,
    }
}

/// An operation that does something.
const fn post(
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    answers: &'static [Answer],
) -> Operation {
    Operation {
        method: "POST",
        ..get(path, id, summary, answers)
    }
}

/// What an editor decides about a submission.
const fn decision(
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    body: fn(&crate::config::Config) -> serde_json::Value,
) -> Operation {
    Operation {
        parameters: &[ID],
        editors: true,
        body: Some(body),
        ..post(path, id, summary, DECIDED)
    }
}

/// What an editor decides about a candidate.
const fn choice(
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    body: fn(&crate::config::Config) -> serde_json::Value,
) -> Operation {
    Operation {
        answers: CHOSEN,
        ..decision(path, id, summary, body)
    }
}

const DECIDED: &[Answer] = &[
    Answer(200, "The submission as it is now.", Some(of::entry)),
    ABSENT,
    REFUSED,
];
const CHOSEN: &[Answer] = &[
    Answer(200, "The candidate as it is now.", Some(of::found)),
    ABSENT,
    REFUSED,
];

/// All operations.
pub(in super::super::super::super) static OPERATIONS: &[Operation] = &[
    get(
        "/api/openapi.json",
        "describe",
        "This description.",
        &[Answer(200, "The description.", Some(of::any))],
    ),
    get(
        "/api/lists",
        "lists",
        "The lists that people subscribe to.",
        &[Answer(200, "The lists.", Some(of::lists))],
    ),
    get(
        "/api/challenge",
        "challenge",
        "What to work on before a form is sent: find a nonce so that SHA-256 of `challenge:address:nonce` begins \
         with so many zero bits. Few forms without it are taken in an hour. A challenge is good for two hours.",
        &[Answer(200, "The challenge.", Some(of::challenge))],
    ),
    Operation {
        body: Some(of::wish),
        ..post(
            "/api/subscribe",
            "subscribe",
            "Asks for lists. A letter asks at the address whether that is meant; nothing is sent before the answer. \
             What is answered here is the same whether the address is known or not.",
            &[Answer(202, "It is written down.", Some(of::said)), BUSY],
        )
    },
    Operation {
        body: Some(of::sent),
        ..post(
            "/api/submissions",
            "submit",
            "Sends a link for the newsletter. The answer says at once what was put right, which rules it breaks, and \
             whether it is known already.",
            &[
                Answer(
                    200,
                    "It is known, and was not taken in again.",
                    Some(of::already),
                ),
                Answer(
                    201,
                    "It was taken in. Keep the token: nobody can be told it again.",
                    Some(of::receipt),
                ),
                BUSY,
            ],
        )
    },
    Operation {
        parameters: &[TOKEN],
        ..get(
            "/api/submissions/{token}",
            "status",
            "How something stands that was sent.",
            &[Answer(200, "How it stands.", Some(of::status)), ABSENT],
        )
    },
    get(
        "/api/votes",
        "votes",
        "What readers nominate for the next issue, and until when. Nothing says by whom.",
        &[Answer(200, "The votes.", Some(of::votes))],
    ),
    Operation {
        parameters: SEARCH,
        ..get(
            "/api/search",
            "search",
            "Searches the entries of all published issues, as the site's own page does.",
            &[
                Answer(200, "What was found, the best first.", Some(of::searched)),
                Answer(404, "The site has no search.", None),
                Answer(422, "A parameter is not as described.", None),
            ],
        )
    },
    Operation {
        body: Some(of::nomination),
        ..post(
            "/api/nominations",
            "nominate",
            "Nominates something for a vote: for one of kind `link` what has a page, for one of kind `quote` what \
             somebody said.",
            &[
                Answer(200, "It came from you before.", Some(of::said)),
                Answer(201, "It is on the list.", Some(of::said)),
                BUSY,
            ],
        )
    },
    Operation {
        parameters: &[ALL],
        editors: true,
        ..get(
            "/api/desk/inbox",
            "inbox",
            "What people sent and sources found, until an editor has decided.",
            &[
                Answer(200, "What waits.", Some(of::inbox)),
                Answer(422, "`all` is neither `true` nor `false`.", None),
            ],
        )
    },
    Operation {
        parameters: &[ID],
        editors: true,
        ..get(
            "/api/desk/submissions/{token}",
            "submission",
            "One submission with all that is known of it, the rules' opinion too.",
            &[Answer(200, "The submission.", Some(of::entry)), ABSENT],
        )
    },
    decision(
        "/api/desk/submissions/{token}/accept",
        "accept",
        "It is to go into the draft.",
        of::accept,
    ),
    decision(
        "/api/desk/submissions/{token}/decline",
        "decline",
        "It is not wanted; its sender sees why.",
        of::decline,
    ),
    decision(
        "/api/desk/submissions/{token}/move",
        "move",
        "It is for a later issue.",
        of::move_on,
    ),
    decision(
        "/api/desk/submissions/{token}/snooze",
        "snooze",
        "Nobody wants to see it before a day.",
        of::snooze,
    ),
    Operation {
        parameters: &[ID],
        editors: true,
        ..get(
            "/api/desk/candidates/{token}",
            "candidate",
            "One candidate with all that is known of it, whatever was decided.",
            &[Answer(200, "The candidate.", Some(of::found)), ABSENT],
        )
    },
    choice(
        "/api/desk/candidates/{token}/take",
        "take",
        "Puts a candidate into the draft.",
        of::accept,
    ),
    choice(
        "/api/desk/candidates/{token}/drop",
        "drop",
        "Nobody wants this candidate.",
        of::drop,
    ),
    choice(
        "/api/desk/candidates/{token}/move",
        "moveCandidate",
        "This candidate is for a later issue.",
        of::move_on,
    ),
    choice(
        "/api/desk/candidates/{token}/snooze",
        "snoozeCandidate",
        "Nobody wants to see this candidate before a day.",
        of::snooze,
    ),
    Operation {
        editors: true,
        ..get(
            "/api/desk/tally",
            "tally",
            "The votes for the next issue, counted: every ballot, and why it counts or not.",
            &[
                Answer(200, "The votes.", Some(of::tallies)),
                Answer(404, "There is no vote, or no draft to vote for.", None),
            ],
        )
    },
];
