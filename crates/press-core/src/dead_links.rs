//! The list that a newsletter keeps of addresses that lead nowhere any more. Each line of the file is an entry:
//! its standing, the day on which it was first found dead, why, and the address.

use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::ops::Range;

/// Days after which a second look that finds an address dead makes it so. A host may be ill for a week-end.
pub const SECOND_LOOK_DAYS: i32 = 7;

/// What stands at the head of the file.
const HEAD: &str = "\
# Links of issues that lead nowhere any more; `press links --note-dead` keeps this list. The site sets a link to the web
# archive beside those that are `dead`. Those found dead `once` wait for a second look, a week later or more.
";

/// Addresses that lead nowhere any more, with or without doubt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeadLinks {
    /// By address, without the place in its page.
    entries: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Entry {
    /// Whether it is dead for good: gone by its server's own word, or found so twice.
    sure: bool,
    since: Date,
    why: String,
}

/// What a look at an address gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// There is a page.
    Answers,
    /// Nobody knows.
    Unknown,
    /// There is none, and why in one word.
    Dead(String),
    /// There will be none again, and why in one word.
    Gone(String),
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It stays as it is, or there is none.
    None,
    /// It was found dead for the first time.
    Suspected,
    /// It is dead now.
    Dead,
    /// It answers again and was taken out.
    Back,
}

/// A line that is none of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Its bytes.
    pub range: Range<usize>,
    /// What is wrong with it.
    pub message: String,
}

impl DeadLinks {
    /// Reads a list.
    ///
    /// # Errors
    ///
    /// The first line that is no entry.
    pub fn parse(text: &str) -> Result<DeadLinks, Mistake> {
        let mut list = DeadLinks::default();
        let mut start = 0;
        for whole in text.split_inclusive('\n') {
            let line = whole.trim_end();
            let range = start..start + line.len();
            start += whole.len();
            if line.trim_start().is_empty() || line.starts_with('#') {
                continue;
            }
            let entry = entry(line).and_then(|(url, entry)| {
                let double = list.entries.insert(url.to_owned(), entry).is_some();
                if double {
                    return Err(format!("{url} stands here twice"));
                }
                Ok(())
            });
            entry.map_err(|message| Mistake { range, message })?;
        }
        Ok(list)
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether an address, whatever the place in its page, is surely dead.
    pub fn holds(&self, url: &str) -> bool {
        let entry = self.entries.get(without_place(url));
        entry.is_some_and(|entry| entry.sure)
    }

    /// Notes what a look at `url` gave on `today`.
    pub fn note(&mut self, url: &str, look: &Look, today: Date) -> Change {
        let url = without_place(url);
        if !is_address(url) {
            return Change::None;
        }
        let (why, gone) = match look {
            Look::Unknown => return Change::None,
            Look::Answers => {
                let known = self.entries.remove(url);
                return known.map_or(Change::None, |_| Change::Back);
            }
            Look::Dead(why) => (why, false),
            Look::Gone(why) => (why, true),
        };
        let Some(entry) = self.entries.get_mut(url) else {
            let (sure, since, why) = (gone, today, why.clone());
            self.entries
                .insert(url.to_owned(), Entry { sure, since, why });
            return if gone {
                Change::Dead
            } else {
                Change::Suspected
            };
        };
        let later = today.since(entry.since).map_or(0, |span| span.get_days());
        if entry.sure || !(gone || later >= SECOND_LOOK_DAYS) {
            return Change::None;
        }
        entry.sure = true;
        entry.why.clone_from(why);
        Change::Dead
    }
}

/// An entry's line, its address apart.
fn entry(line: &str) -> Result<(&str, Entry), String> {
    let mut words = line.split_ascii_whitespace();
    let (Some(standing), Some(since), Some(why), Some(url), None) = (
        words.next(),
        words.next(),
        words.next(),
        words.next(),
        words.next(),
    ) else {
        return Err(
            "a line has four words, such as `dead 2026-11-12 404 https://example.org/`".to_owned(),
        );
    };
    let sure = match standing {
        "dead" => true,
        "once" => false,
        _ => return Err(format!("`{standing}` is neither `dead` nor `once`")),
    };
    let since = since
        .parse()
        .map_err(|_| format!("`{since}` is no day, such as 2026-11-12"))?;
    if !is_address(url) {
        return Err(format!("`{url}` is no address of the web"));
    }
    let why = why.to_owned();
    Ok((without_place(url), Entry { sure, since, why }))
}

/// Whether something can stand as an address in the list.
fn is_address(url: &str) -> bool {
    let web = ["http://", "https://"];
    let rest = web.iter().find_map(|scheme| url.strip_prefix(scheme));
    let odd = |character: char| character.is_whitespace() || character.is_control();
    rest.is_some_and(|rest| !rest.is_empty()) && !url.contains(odd)
}

fn without_place(url: &str) -> &str {
    url.split('#').next().unwrap_or(url)
}

/// The file: sorted by address, so that a change is as small as what it tells of.
impl Display for DeadLinks {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        for (url, entry) in &self.entries {
            let standing = if entry.sure { "dead" } else { "once" };
            writeln!(f, "{standing} {} {} {url}", entry.since, entry.why)?;
        }
        Ok(())
    }
}

/// Where the Internet Archive has what stood at `url` nearest to `day`; its addresses may leave out the time of day.
pub fn archived(url: &str, day: Date) -> String {
    let day = day.strftime("%Y%m%d");
    format!("https://web.archive.org/web/{day}/{url}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    const PAGE: &str = "https://rock.example/nest?of=gulls";

    #[test]
    fn an_address_is_dead_when_it_was_found_so_twice() {
        let mut list = DeadLinks::default();
        let lost = Look::Dead("404".to_owned());
        let mut on = |day, look: &Look| {
            let change = list.note(PAGE, look, date(2026, 11, day));
            (change, list.holds(&format!("{PAGE}#egg")))
        };
        assert_eq!(on(1, &lost), (Change::Suspected, false));
        assert_eq!(on(7, &lost), (Change::None, false));
        assert_eq!(on(9, &Look::Unknown), (Change::None, false));
        assert_eq!(on(8, &lost), (Change::Dead, true));
        assert_eq!(on(20, &lost), (Change::None, true));
        assert_eq!(on(21, &Look::Unknown), (Change::None, true));
        assert_eq!(on(22, &Look::Answers), (Change::Back, false));
        assert_eq!(on(23, &Look::Answers), (Change::None, false));
        // A server's own word is enough.
        assert_eq!(on(24, &lost), (Change::Suspected, false));
        let gone = Look::Gone("410".to_owned());
        assert_eq!(on(25, &gone), (Change::Dead, true));
        assert_eq!(
            list.to_string(),
            format!("{HEAD}dead 2026-11-24 410 {PAGE}\n")
        );
    }

    #[test]
    fn a_line_that_is_no_entry_is_told() {
        let told = |line: &str| {
            let text = format!("# Ours\n\ndead 2026-11-12 404 {PAGE}\n{line}\n");
            let mistake = DeadLinks::parse(&text).expect_err(line);
            (text[mistake.range].to_owned(), mistake.message)
        };
        for (line, words) in [
            ("dead 2026-11-12 404", "four words"),
            ("dead 2026-11-12 404 https://a.example/ b", "four words"),
            ("lost 2026-11-12 404 https://a.example/", "neither"),
            ("dead 2026-13-12 404 https://a.example/", "no day"),
            (
                "dead 2026-11-12 404 javascript:alert(1)",
                "no address of the web",
            ),
            ("dead 2026-11-12 404 https://", "no address of the web"),
            (&format!("once 2026-11-13 404 {PAGE}#x"), "twice"),
        ] {
            let (place, message) = told(line);
            assert_eq!(place, line);
            assert!(message.contains(words), "{message}");
        }
        assert_eq!(
            DeadLinks::parse("").map(|list| list.is_empty()),
            Ok(true),
            "an empty file is an empty list"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_told(text in "([#\n]|dead|once| |2026-11-1[0-9]|404|https?://[a-z/é#]{0,3}|\\PC){0,30}") {
            match DeadLinks::parse(&text) {
                Ok(list) => prop_assert_eq!(DeadLinks::parse(&list.to_string()), Ok(list)),
                Err(mistake) => prop_assert!(text.get(mistake.range).is_some_and(|line| !line.contains('\n'))),
            }
        }
    }
}
