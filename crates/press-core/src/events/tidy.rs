//! A found event as the newsletter writes it: plain titles, clean addresses, places in the house style.

use super::text::plain_title;
use super::write::destination;
use super::{Event, Habits, Notice, Style, Town};
use crate::canonical::{clean, parts};
use crate::places::{countries_of_state, country_code, country_of_zone, regions_of, state_code};
use crate::text::plain_line;

/// The event as it would be written, and what seems wrong about it. None if it has no page or no title.
pub fn tidy(found: &Event, style: &Style, habits: &Habits) -> (Option<Event>, Vec<Notice>) {
    let mut doubts = Vec::new();
    let mut event = found.clone();
    event.title = plain_title(&found.title);
    event.url = address(&found.url);
    if event.title.is_empty() || event.url.is_empty() {
        let lacks = if event.title.is_empty() {
            "title"
        } else {
            "page"
        };
        let name = if event.title.is_empty() {
            &found.url
        } else {
            &event.title
        };
        let message = format!(
            "`{name}` of {} has no {lacks}, so it is not listed",
            found.date
        );
        doubts.push(Notice::doubt(&found.url, message));
        return (None, doubts);
    }
    for group in &mut event.groups {
        group.name = plain_title(&group.name);
        group.url = address(&group.url);
    }
    event.groups.retain(|group| !group.name.is_empty());
    event.end_date = event.end_date.filter(|end| *end > event.date);
    let (town, doubt) = town(&event, style, habits);
    event.town = town;
    doubts.extend(doubt.map(|message| Notice::doubt(&event.url, message)));
    (Some(event), doubts)
}

/// An address of the web without what only tracks, as it will stand in the list, so that it is known there again; empty
/// for anything else.
fn address(url: &str) -> String {
    // Some sources write addresses as HTML does.
    let url = &*url.trim().replace("&amp;", "&");
    let web = parts(url).is_some_and(|parts| {
        let scheme = parts.scheme.to_ascii_lowercase();
        matches!(scheme.as_str(), "http" | "https")
    });
    if !web || url.contains(|sign: char| sign.is_whitespace() || sign.is_control()) {
        return String::new();
    }
    destination(&clean(url, &[]).unwrap_or_else(|| url.to_owned()))
}

/// The town as it is written, and what is doubtful about it.
fn town(event: &Event, style: &Style, habits: &Habits) -> (Town, Option<String>) {
    let raw = &event.town;
    let said = raw
        .country
        .as_deref()
        .map(plain_line)
        .filter(|country| !country.is_empty());
    let stated = said.as_deref().and_then(code_of);
    let mut town = Town {
        city: raw
            .city
            .as_deref()
            .and_then(|city| name_of_city(city, stated)),
        state: raw
            .state
            .as_deref()
            .map(plain_line)
            .filter(|state| !state.is_empty()),
        country: None,
    };
    let witnesses = Witnesses {
        stated,
        usual: habits.country(&town),
        zone: event.zone.as_deref().and_then(country_of_zone),
        home: habits.meets_in(&event.groups, &town),
        state: town.state.as_deref().unwrap_or_default(),
    };
    let code = witnesses.country();
    let doubt = match (code, said.as_deref()) {
        (None, Some(said)) => Some(format!("`{said}` is no country that is known")),
        (Some(code), Some(said)) => witnesses.doubt(code, &town, said),
        _ => None,
    };
    let Some(code) = code else {
        town.country = said;
        return (town, doubt);
    };
    town.state = state(&town, code, style, habits);
    if let Some(spelling) = habits.spelling(&town, code) {
        town.city = Some(spelling.to_owned());
    }
    let own = style.countries.get(code).map(String::as_str);
    town.country = Some(own.unwrap_or(code).to_owned());
    (town, doubt)
}

/// The code of a country in small or capital letters, or by its name.
fn code_of(written: &str) -> Option<&'static str> {
    let short = (written.len() == 2).then(|| written.to_uppercase());
    country_code(short.as_deref().unwrap_or(written))
}

/// Who says in which country a town lies. Sources are wrong now and then, and so is each of the others.
struct Witnesses<'t> {
    /// The source.
    stated: Option<&'static str>,
    /// Earlier issues.
    usual: Option<&'static str>,
    /// The event's time zone.
    zone: Option<&'static str>,
    /// Whether the group is known to meet in this town.
    home: bool,
    /// The state that the source names.
    state: &'t str,
}

impl Witnesses<'_> {
    fn country(&self) -> Option<&'static str> {
        let Some(stated) = self.stated else {
            return self.usual.or(self.zone);
        };
        if self.zone == Some(stated) || self.is_state_of(stated) {
            return Some(stated);
        }
        if let Some(usual) = self.usual.filter(|usual| *usual != stated) {
            let backed = self.zone == Some(usual) || self.home || self.is_state_of(usual);
            return Some(if backed { usual } else { stated });
        }
        // People keep the clock of a neighbour, not that of another continent.
        let far = self.zone.filter(|zone| {
            let there = regions_of(zone);
            self.usual.is_none()
                && !regions_of(stated)
                    .iter()
                    .any(|region| there.contains(region))
        });
        Some(far.unwrap_or(stated))
    }

    fn is_state_of(&self, code: &str) -> bool {
        countries_of_state(self.state).contains(&code)
    }

    fn doubt(&self, code: &str, town: &Town, said: &str) -> Option<String> {
        let city = town.city.as_deref().unwrap_or("it");
        let stated = self.stated?;
        if code != stated {
            return Some(format!(
                "its source says that {city} is in {said}; {code} is written"
            ));
        }
        let usual = self.usual.filter(|usual| *usual != stated)?;
        Some(format!(
            "{city} is in {said}, says its source; until now {city} was in {usual}"
        ))
    }
}

/// The state, if the newsletter writes states of that country.
fn state(town: &Town, code: &str, style: &Style, habits: &Habits) -> Option<String> {
    if !style.states.iter().any(|country| country == code) {
        return None;
    }
    let own = town.state.as_deref();
    let known = own
        .and_then(|state| state_code(code, state))
        .map(str::to_owned);
    let short = || {
        let state = own.filter(|state| state.len() <= 3 && state.is_ascii())?;
        Some(state.to_ascii_uppercase())
    };
    let usual = || habits.state(town, code).map(str::to_owned);
    known.or_else(usual).or_else(short)
}

/// `BERLIN`, `10115 Berlin` and `Berlin, Germany` as `Berlin`.
fn name_of_city(written: &str, country: Option<&str>) -> Option<String> {
    let mut city = plain_title(written);
    if let Some((name, rest)) = city.rsplit_once(',')
        && country_code(rest.trim()).is_some_and(|code| Some(code) == country)
    {
        city = name.trim().to_owned();
    }
    let code = |word: &&str| {
        !word
            .chars()
            .all(|sign| sign.is_ascii_digit() || sign == '-')
    };
    let words: Vec<&str> = city.split(' ').filter(code).collect();
    if !words.is_empty() {
        city = words.join(" ");
    }
    let city = city.trim_matches([',', '|', ' ']);
    let cased = city.chars().any(char::is_lowercase) && city.chars().any(char::is_uppercase);
    let letters = city.chars().filter(|sign| sign.is_alphabetic()).count();
    let city = match cased || letters < 3 {
        true => city.to_owned(),
        false => capitalised(city),
    };
    // Bars end a field of the line.
    let city = city.replace('|', "/");
    (!city.is_empty()).then_some(city)
}

fn capitalised(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut begins = true;
    for sign in name.chars() {
        if begins {
            out.extend(sign.to_uppercase());
        } else {
            out.extend(sign.to_lowercase());
        }
        begins = !sign.is_alphabetic() && sign != '\'';
    }
    out
}
