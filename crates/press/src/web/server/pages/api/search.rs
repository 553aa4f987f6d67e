//! Searching, for programs: the same as the site's own page.

use super::super::super::Server;
use super::super::super::asked::{Asked, Reply, json as data};
use super::description::{LONGEST, MOST_FOUND};
use super::{absent, mistake};
use crate::error::Result;
use axum::http::StatusCode;
use press_core::render::search::{Answer, Filters};
use serde_json::json;
use std::sync::Arc;

/// Entries of an answer unless more are asked for.
const FOUND: usize = 10;

/// What somebody searches: words, filters, how many entries.
struct Wish {
    question: String,
    filters: Filters,
    limit: usize,
}

impl Wish {
    fn read(asked: &Asked) -> std::result::Result<Wish, Box<Reply>> {
        let one = |name: &str| asked.query.one(name).to_owned();
        let wrong = |line: String| Err(Box::new(mistake(&line)));
        for name in ["q", "section", "mark", "host"] {
            if one(name).chars().count() > LONGEST {
                return wrong(format!("`{name}` has at most {LONGEST} characters."));
            }
        }
        let year = match one("year").as_str() {
            "" => None,
            year => match year.parse() {
                Ok(year) => Some(year),
                Err(_) => return wrong("`year` is a year, such as 2024.".to_owned()),
            },
        };
        let limit = match one("limit").as_str() {
            "" => Some(FOUND),
            limit => limit.parse().ok(),
        };
        let Some(limit) = limit.filter(|limit| (1..=MOST_FOUND).contains(limit)) else {
            return wrong(format!("`limit` is a number from 1 to {MOST_FOUND}."));
        };
        Ok(Wish {
            question: one("q"),
            filters: Filters {
                section: one("section"),
                year,
                mark: one("mark"),
                host: one("host").to_lowercase(),
            },
            limit,
        })
    }
}

/// What is found in all issues.
pub(in super::super::super) async fn search(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let wish = match Wish::read(&asked) {
        Ok(wish) => wish,
        Err(reply) => return Ok(*reply),
    };
    let Some(library) = server.library.clone().filter(|library| library.is_there()) else {
        return Ok(absent("The site has no search."));
    };
    // It is work, of which only so much is done at once.
    let Ok(_turn) = server.searching.acquire().await else {
        return Ok(absent("The server ends."));
    };
    let found = tokio::task::spawn_blocking(move || {
        library.search(&wish.question, &wish.filters, wish.limit)
    });
    let answer: Answer = found.await.map_err(|cause| {
        crate::error::Error::new("the search ended early").because(cause.to_string())
    })??;
    Ok(data(StatusCode::OK, &json!(answer)))
}
