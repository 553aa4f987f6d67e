//! Addresses of reports that are a year old to the day: the number of the year was not changed.

use crate::check::dates::{days_between, find_dates};
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind;

pub(super) const RULE: Rule = Rule {
    name: "last-years-date",
    level: Level::Warn,
    page: include_str!("last_years_date.md"),
    check,
};

/// How far from the same day of last year such an address may lie.
const NEAR_DAYS: i32 = 10;

fn check(context: &mut Context<'_>) {
    let (Some(today), issue) = (context.date(), context.issue()) else {
        return;
    };
    for link in &issue.links {
        let section = crate::check::archive::section_at(issue, link.span.start);
        let kind = section.map(|section| issue.sections[section].kind);
        let weekly = matches!(
            kind,
            Some(SectionKind::Prose | SectionKind::PullRequests | SectionKind::Rfcs)
        );
        if !weekly || link.url.contains("..") {
            continue;
        }
        let dates = find_dates(&link.url);
        let folder = dates.iter().find_map(|written| {
            let (_, year) = link.url[..written.span.start]
                .strip_suffix('/')?
                .rsplit_once('/')?;
            let year: i16 = year.parse().ok().filter(|_| year.len() == 4)?;
            written
                .date
                .filter(|date| date.year() != year)
                .map(|date| (year, date))
        });
        if let Some((year, date)) = folder {
            let place = link.destination.unwrap_or(link.span);
            let message = format!("this address is of {date}, but its folder is {year}");
            let finding = context.finding(place, message);
            let finding = finding.with_place(link.span, "linked here");
            context.report(finding.with_help("correct the year"));
            continue;
        }
        let old = dates
            .into_iter()
            .filter_map(|written| written.date)
            .find(|date| {
                let days = days_between(*date, today);
                (days - 365).abs() <= NEAR_DAYS
            });
        if let Some(date) = old {
            let place = link.destination.unwrap_or(link.span);
            let message = format!("this address is of {date}, a year before the issue of {today}");
            let finding = context
                .finding(place, message)
                .with_place(link.span, "linked here");
            context.report(finding.with_help("correct the year"));
        }
    }
}
