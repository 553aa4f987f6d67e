//! The mail beside the page: in light and dark, on a telephone and on a desk, and as plain text.
//!
//! What a reader's program chooses by a media query is chosen here by the address, so that both show at once.

use super::files;
use crate::error::Result;
use crate::pipeline::preview::{Mails, ShownMail};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use press_core::render::email::REGIONS;
use press_core::render::sanitise::escape;

/// What is shown, as the address says it.
#[derive(Debug, Default)]
struct Asked {
    page: String,
    regions: Vec<String>,
    without: Vec<String>,
    dark: bool,
}

impl Asked {
    fn parse(query: &str) -> Asked {
        let mut asked = Asked::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(value) = files::decode(value) else {
                continue;
            };
            match name {
                "page" => asked.page = value,
                "region" => asked.regions.push(value),
                "without" => asked.without.push(value),
                "look" => asked.dark = value == "dark",
                _ => {}
            }
        }
        asked
    }

    fn render(&self, mails: &Mails) -> Result<ShownMail> {
        mails.render(&self.page, &self.regions, &self.without)
    }
}

/// The page with all looks of a mail.
pub(super) fn overview(mails: &Mails, query: &str) -> Response<Body> {
    let asked = Asked::parse(query);
    if asked.page.is_empty()
        && let Ok(Some(newest)) = mails.newest()
    {
        return files::moved(StatusCode::TEMPORARY_REDIRECT, &address_of(&newest, query));
    }
    match asked.render(mails) {
        Ok(mail) => html(StatusCode::OK, page(&asked, &mail, query)),
        Err(error) => {
            let problem = format!("<pre role=\"alert\">{}</pre>", escape(&error.render(false)));
            html(
                StatusCode::OK,
                fill(&[("title", "Mail"), ("head", ""), ("body", &problem)]),
            )
        }
    }
}

/// The address that shows the mail of a page, with all else that was asked for.
fn address_of(page: &str, query: &str) -> String {
    let page: String = form_urlencoded::byte_serialize(page.as_bytes()).collect();
    let mut address = format!("/-/mail?page={}", page.replace('+', "%20"));
    let others = query.split('&').filter(|pair| !pair.is_empty());
    for pair in others.filter(|pair| pair.split('=').next() != Some("page")) {
        address += "&";
        address += pair;
    }
    address
}

/// One look of a mail.
pub(super) fn look(mails: &Mails, query: &str) -> Response<Body> {
    let asked = Asked::parse(query);
    match asked.render(mails) {
        Ok(mail) => {
            let (this, other) = if asked.dark {
                ("dark", "light")
            } else {
                ("light", "dark")
            };
            let shown = mail
                .html
                .replace(&format!("(prefers-color-scheme: {this})"), "all");
            let shown = shown.replace(&format!("(prefers-color-scheme: {other})"), "not all");
            html(StatusCode::OK, shown)
        }
        Err(error) => html(
            StatusCode::NOT_FOUND,
            format!("<pre>{}</pre>", escape(&error.render(false))),
        ),
    }
}

fn html(status: StatusCode, page: String) -> Response<Body> {
    files::with_type(status, "text/html; charset=utf-8", page.into_bytes())
}

fn page(asked: &Asked, mail: &ShownMail, query: &str) -> String {
    let frame = |name: &str, class: &str, look: &str| {
        let address = escape(&format!("/-/mail/look?{query}&look={look}"));
        format!(
            "<figure class=\"{class}\"><figcaption>{name}</figcaption><iframe sandbox src=\"{address}\" title=\"{name}\"></iframe></figure>\n"
        )
    };
    let mut body = String::from("<div class=\"looks\">\n");
    body += &frame("Desk, light", "desk", "light");
    body += &frame("Desk, dark", "desk", "dark");
    body += &frame("Telephone, light", "telephone", "light");
    body += &frame("Telephone, dark", "telephone", "dark");
    body += &format!(
        "<figure class=\"text\"><figcaption>Plain text</figcaption><pre>{}</pre></figure>\n</div>\n",
        escape(&mail.text)
    );
    fill(&[
        ("title", &escape(&mail.subject)),
        ("head", &head(asked, mail)),
        ("body", &body),
    ])
}

/// What can be chosen, and what parts cost.
fn head(asked: &Asked, mail: &ShownMail) -> String {
    let tick = |name: &str, id: &str, title: &str, on: bool| {
        let on = if on { " checked" } else { "" };
        format!(
            "<label><input type=\"checkbox\" name=\"{name}\" value=\"{}\"{on}> {}</label>\n",
            escape(id),
            escape(title)
        )
    };
    let mut form = format!(
        "<form><input type=\"hidden\" name=\"page\" value=\"{}\">\n",
        escape(&asked.page)
    );
    form += "<fieldset><legend>Events only in</legend>\n";
    for (id, title) in REGIONS {
        form += &tick(
            "region",
            id,
            title,
            asked.regions.iter().any(|region| region == id),
        );
    }
    form += "</fieldset>\n<fieldset><legend>Without</legend>\n";
    for (id, title) in &mail.sections {
        form += &tick("without", id, title, asked.without.contains(id));
    }
    form += "</fieldset>\n<button>Show</button></form>\n";
    let kilobytes = |bytes: usize| format!("{:.1}", bytes as f64 / 1e3);
    let mut bill = format!(
        "<details><summary>{} kB of {} kB that the HTML may have</summary>\n<table><tr><th>Section<th>HTML<th>Text<th>Items</tr>\n",
        kilobytes(mail.html.len()),
        mail.budget_bytes / 1_000
    );
    for row in &mail.bill {
        let cut = if row.cut > 0 {
            format!(" (and {} on the web)", row.cut)
        } else {
            String::new()
        };
        bill += &format!(
            "<tr><td>{}<td>{}<td>{}<td>{}{cut}</tr>\n",
            escape(&row.title),
            kilobytes(row.html_bytes),
            kilobytes(row.text_bytes),
            row.items
        );
    }
    let back = format!(
        "<p><a href=\"{}\">Back to the page</a></p>\n",
        escape(&asked.page)
    );
    format!("{back}{form}{bill}</table></details>\n")
}

/// The page, filled.
fn fill(parts: &[(&str, &str)]) -> String {
    let mut rest = include_str!("mail.html");
    let mut page = String::with_capacity(rest.len() * 2);
    // Each part is put in once, and what it holds is not looked at again.
    for (name, value) in parts {
        for hole in [format!("<!-- {name} -->")] {
            if let Some((before, after)) = rest.split_once(hole.as_str()) {
                page += before;
                page += value;
                rest = after;
            }
        }
    }
    page + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_shown() {
        let asked = Asked::parse(
            "page=%2Fissues%2F7%2F&region=europe&region=virtual&without=jobs&look=dark&x&y=%zz",
        );
        assert_eq!(asked.page, "/issues/7/");
        assert_eq!(asked.regions, ["europe", "virtual"]);
        assert_eq!(asked.without, ["jobs"]);
        assert!(asked.dark);
    }

    #[test]
    fn an_address_without_a_page_becomes_one_with_a_page() {
        let address = address_of("/a b/+ü/", "&page=&without=jobs&page&region=europe");
        assert_eq!(
            address,
            "/-/mail?page=%2Fa%20b%2F%2B%C3%BC%2F&without=jobs&region=europe"
        );
        let asked = Asked::parse(address.split_once('?').unwrap().1);
        assert_eq!(asked.page, "/a b/+ü/");
    }
}
