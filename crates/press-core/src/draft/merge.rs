//! What a machine generates and what editors made of it, brought together: three-way, item by item.
//!
//! Editors win. What they changed, added or took out stays so; what they left alone is brought up to date. The unit is an
//! item with all that is nested in it, a heading, or a paragraph. Items are known by their addresses, so that
//! an edited title is an edit and no new item.

use std::collections::HashMap;

/// A block's new content, and where the editors' word was taken over the machine's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// What the block is to hold.
    pub text: String,
    /// Changes of the editors that stand against what was generated now.
    pub kept: Vec<Kept>,
}

/// One place where editors and machine disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What stands there, as the editors made it; empty if they took it out.
    pub editors: String,
    /// What was generated.
    pub generated: String,
}

/// A unit of text with the blank lines behind it.
#[derive(Clone, Copy, Debug)]
struct Unit<'t> {
    text: &'t str,
    gap: &'t str,
}

/// What makes a unit the same in all three texts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    heading: String,
    what: String,
    /// Which of those that look alike.
    copy: usize,
}

type Keyed<'t> = Vec<(Key, Unit<'t>)>;

/// `generated` with what the editors did since `base` was generated and became `edited`. Without a base everything that
/// stands there is theirs.
pub fn merge(base: Option<&str>, edited: &str, generated: &str) -> Merged {
    let (base, mine, new) = (units(base.unwrap_or("")), units(edited), units(generated));
    let same = |one: &Keyed<'_>, other: &Keyed<'_>| {
        one.len() == other.len()
            && one
                .iter()
                .zip(other)
                .all(|(one, other)| one.1.text == other.1.text)
    };
    if same(&base, &mine) {
        // A machine that has nothing new does not touch the blank lines either.
        let text = if same(&mine, &new) { edited } else { generated };
        return Merged {
            text: text.to_owned(),
            kept: Vec::new(),
        };
    }
    let before: HashMap<&Key, Unit<'_>> = base.iter().map(|(key, unit)| (key, *unit)).collect();
    let now: HashMap<&Key, Unit<'_>> = new.iter().map(|(key, unit)| (key, *unit)).collect();
    let mut kept = Vec::new();
    let mut merged: Keyed<'_> = Vec::new();
    for (key, unit) in &mine {
        let untouched = before
            .get(key)
            .is_some_and(|before| before.text == unit.text);
        match (untouched, now.get(key)) {
            (true, Some(new)) => {
                merged.push((
                    key.clone(),
                    Unit {
                        text: new.text,
                        gap: unit.gap,
                    },
                ));
            }
            (true, None) => {}
            (false, new) => {
                let moved_on = new.filter(|new| {
                    new.text != unit.text
                        && before.get(key).is_none_or(|before| before.text != new.text)
                });
                kept.extend(moved_on.map(|new| Kept {
                    editors: unit.text.to_owned(),
                    generated: new.text.to_owned(),
                }));
                merged.push((key.clone(), *unit));
            }
        }
    }
    insert_new(&mut merged, &new, |key| before.contains_key(key));
    kept.extend(taken_out(&before, &mine, &new));
    Merged {
        text: join(&merged),
        kept,
    }
}

/// Puts units that are new behind the nearest one before them that is there.
fn insert_new<'t>(merged: &mut Keyed<'t>, new: &Keyed<'t>, known: impl Fn(&Key) -> bool) {
    let mut at = 0;
    for (key, unit) in new {
        if let Some(found) = merged.iter().position(|(there, _)| there == key) {
            at = found + 1;
        } else if !known(key) {
            merged.insert(at, (key.clone(), *unit));
            at += 1;
        }
    }
}

/// What editors took out although it has changed since.
fn taken_out(before: &HashMap<&Key, Unit<'_>>, mine: &Keyed<'_>, new: &Keyed<'_>) -> Vec<Kept> {
    let there: std::collections::HashSet<&Key> = mine.iter().map(|(key, _)| key).collect();
    let changed = new.iter().filter(|(key, unit)| {
        !there.contains(key)
            && before
                .get(key)
                .is_some_and(|before| before.text != unit.text)
    });
    changed
        .map(|(_, unit)| Kept {
            editors: String::new(),
            generated: unit.text.to_owned(),
        })
        .collect()
}

fn join(units: &Keyed<'_>) -> String {
    let mut text = String::new();
    for (at, (_, unit)) in units.iter().enumerate() {
        let is_item = |unit: &Unit<'_>| is_item(unit.text);
        // Between blocks of different kinds a blank line keeps them apart, whatever stood there before.
        if let Some((_, last)) = at.checked_sub(1).map(|last| &units[last])
            && last.gap.is_empty()
            && !is_heading(last.text)
            && (is_heading(unit.text) || !(is_item(last) && is_item(unit)))
        {
            text.push('\n');
        }
        text.push_str(unit.text);
        text.push('\n');
        if at + 1 < units.len() {
            text.push_str(unit.gap);
        }
    }
    text
}

fn is_heading(line: &str) -> bool {
    line.starts_with('#') && line.trim_start_matches('#').starts_with([' ', '\t'])
}

fn is_item(line: &str) -> bool {
    ["* ", "- ", "+ "]
        .iter()
        .any(|marker| line.starts_with(marker))
}

/// Takes a text apart.
fn units(text: &str) -> Keyed<'_> {
    let mut units: Vec<Unit<'_>> = Vec::new();
    let mut fence = None;
    let (mut start, mut end, mut at) = (0, 0, 0);
    for line in text.split_inclusive('\n') {
        let blank = line.trim().is_empty() && fence.is_none();
        let open = end > start;
        let after_blank = text[end..at].contains('\n') || end < at;
        let nested = line.starts_with([' ', '\t']) && open;
        let heading_above = open && is_heading(&text[start..end]);
        let begins = fence.is_none()
            && !blank
            && !nested
            && (!open || after_blank || heading_above || is_item(line) || is_heading(line));
        if begins && open {
            units.push(unit(text, start, end, at));
            start = at;
        } else if begins {
            start = at;
        }
        at += line.len();
        if !blank {
            end = at;
            fence = fenced(fence, line.trim_start());
        }
    }
    if end > start {
        units.push(unit(text, start, end, text.len()));
    }
    keyed(units)
}

fn unit(text: &str, start: usize, end: usize, next: usize) -> Unit<'_> {
    Unit {
        text: text[start..end].trim_end_matches(['\n', '\r']),
        gap: &text[end..next],
    }
}

/// Whether a fence of code is open behind `line`.
fn fenced(open: Option<&'static str>, line: &str) -> Option<&'static str> {
    match open {
        Some(fence) if line.starts_with(fence) => None,
        Some(fence) => Some(fence),
        None => ["```", "~~~"]
            .into_iter()
            .find(|fence| line.starts_with(fence)),
    }
}

fn keyed(units: Vec<Unit<'_>>) -> Keyed<'_> {
    let mut heading = String::new();
    let mut copies: HashMap<(String, String), usize> = HashMap::new();
    let mut keyed = Vec::new();
    for unit in units {
        if is_heading(unit.text) {
            heading = unit.text.trim().to_owned();
        }
        let addresses = addresses(unit.text);
        let what = match (
            is_heading(unit.text),
            addresses.is_empty(),
            is_item(unit.text),
        ) {
            (true, _, _) => String::new(),
            (_, false, _) => addresses.join(" "),
            (_, _, true) => unit.text.to_owned(),
            // A paragraph without links is known by its place.
            _ => "¶".to_owned(),
        };
        let copy = copies.entry((heading.clone(), what.clone())).or_default();
        keyed.push((
            Key {
                heading: heading.clone(),
                what,
                copy: *copy,
            },
            unit,
        ));
        *copy += 1;
    }
    keyed
}

/// All web addresses of a text.
fn addresses(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("http") {
        let tail = &rest[start..];
        let length = tail
            .find([')', '>', ']', ' ', '\n', '\t', '"'])
            .unwrap_or(tail.len());
        if tail.starts_with("http://") || tail.starts_with("https://") {
            found.push(&tail[..length]);
        }
        rest = &tail[length.max(4).min(tail.len())..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "* [One](https://a.example/1)\n";
    const TWO: &str = "* [Two](https://a.example/2)\n";
    const THREE: &str = "* [Three](https://a.example/3)\n";

    fn merged(base: &str, edited: &str, generated: &str) -> String {
        merge(Some(base), edited, generated).text
    }

    #[test]
    fn what_nobody_touched_is_brought_up_to_date() {
        assert_eq!(
            merged(ONE, ONE, &format!("{TWO}{THREE}")),
            format!("{TWO}{THREE}")
        );
        assert_eq!(merged("", "", ONE), ONE);
        assert_eq!(merged(ONE, ONE, ""), "");
    }

    #[test]
    fn what_an_editor_changed_stays() {
        let both = format!("{ONE}{TWO}");
        let edited = both.replace("[One]", "[The one]");
        assert_eq!(merged(&both, &edited, &both), edited);
        assert_eq!(
            merged(&both, &edited, &format!("{both}{THREE}")),
            format!("{edited}{THREE}")
        );
        let result = merge(Some(&both), &edited, &both.replace("[One]", "[Uno]"));
        assert_eq!(result.text, edited);
        assert_eq!(result.kept.len(), 1);
        assert_eq!(result.kept[0].generated, "* [Uno](https://a.example/1)");
    }

    #[test]
    fn what_an_editor_took_out_does_not_come_back() {
        let both = format!("{ONE}{TWO}");
        assert_eq!(
            merged(&both, TWO, &format!("{both}{THREE}")),
            format!("{TWO}{THREE}")
        );
    }

    #[test]
    fn what_an_editor_added_stays_where_it_is() {
        let edited = format!("{ONE}* [Mine](https://m.example/)\n{TWO}");
        assert_eq!(
            merged(
                &format!("{ONE}{TWO}"),
                &edited,
                &format!("{ONE}{TWO}{THREE}")
            ),
            format!("{edited}{THREE}")
        );
        assert_eq!(
            merged(&format!("{ONE}{TWO}"), &edited, TWO),
            format!("* [Mine](https://m.example/)\n{TWO}")
        );
    }

    #[test]
    fn without_a_base_everything_is_the_editors() {
        assert_eq!(merge(None, ONE, TWO).text, format!("{TWO}{ONE}"));
        assert_eq!(merge(None, ONE, ONE).text, ONE);
    }

    #[test]
    fn items_keep_what_is_nested_in_them_and_stay_below_their_heading() {
        let event = "* 2026-03-05 | Oslo, NO | [G](https://g.example/)\n    * [**T**](https://g.example/1)\n";
        let base = format!("### Asia\n{event}\n### Europe\n{event}");
        let edited = base.replacen("**T**", "**Talks**", 1);
        let new = "* 2026-03-06 | Rome, IT | [R](https://r.example/)\n    * [**R**](https://r.example/1)\n";
        assert_eq!(
            merged(&base, &edited, &format!("{base}{new}")),
            format!("{edited}{new}")
        );
        let africa = format!("### Africa\n{new}\n{base}");
        assert_eq!(
            merged(&base, &edited, &africa),
            format!("### Africa\n{new}\n{edited}")
        );
    }

    #[test]
    fn a_count_line_that_was_edited_is_not_doubled() {
        let base = "12 pull requests were [merged][merged]\n\n[merged]: https://q.example/?a\n";
        let edited = base.replace("12 pull", "Twelve pull");
        let result = merge(Some(base), &edited, &base.replace("12", "13"));
        assert_eq!(result.text, edited);
        assert_eq!(result.kept.len(), 1);
    }
}
