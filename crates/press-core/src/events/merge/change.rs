//! An event that stands in the list, compared with what its source says now.

use super::{Work, place_of};
use crate::diagnostic::Edit;
use crate::events::list::Entry;
use crate::events::same::{are_alike, are_near, group_key, page_key};
use crate::events::write::{days, destination, escaped, groups};
use crate::events::{Event, Group, Notice, NoticeKind, PlaceMode, Said};
use crate::issue::edit::apply;
use crate::span::Span;

/// What of an entry is to be written anew.
#[derive(Default)]
struct Changes {
    edits: Vec<Edit>,
    moved: bool,
    mode: Option<PlaceMode>,
    told: Vec<Notice>,
}

/// An entry as it is to be.
struct Revised {
    part: usize,
    section: String,
    text: String,
    /// Whether its day is another, so that it may stand elsewhere.
    moved: bool,
    mode: PlaceMode,
}

impl Work<'_> {
    /// Brings the entries of an event up to date; gives the sections in which it stands from now on.
    pub(super) fn compare(
        &mut self,
        event: &Event,
        there: &[usize],
        before: Option<&Said>,
    ) -> Vec<String> {
        let parts = there.iter().map(|at| &self.list.parts[*at]);
        let stands = parts.map(|part| part.section.clone().unwrap_or_default());
        let stands: Vec<String> = stands.collect();
        if event.cancelled {
            self.cancel(event, there, before);
            return Vec::new();
        }
        // What its source still says as it did was written when that was new. What is otherwise now, people made so.
        if before.is_some_and(|said| !said.gone && said.event == *event) {
            self.doubt(event, there, before);
            return stands;
        }
        let mut revised = Vec::new();
        let mut settled = true;
        for at in there {
            let part = &self.list.parts[*at];
            let Some(entry) = part.entry.as_ref().filter(|entry| entry.events == 1) else {
                return stands;
            };
            let changes = changes(event, before, entry);
            settled &= changes.mode.is_none();
            revised.push(Revised {
                part: *at,
                section: part.section.clone().unwrap_or_default(),
                text: apply(&part.text, &changes.edits).unwrap_or_else(|_| part.text.clone()),
                moved: changes.moved,
                mode: changes.mode.unwrap_or(entry.mode()),
            });
            self.notices.extend(changes.told);
        }
        let Some(mode) = revised.first().map(|first| first.mode) else {
            return stands;
        };
        let event = Event {
            mode,
            ..event.clone()
        };
        let sections = match settled {
            true => self.forgotten(&event, before, &revised),
            false => self.anew(&event, &revised),
        };
        self.write(&event, revised, &sections);
        sections
    }

    /// Tells in what the list differs from a source that said nothing new.
    fn doubt(&mut self, event: &Event, there: &[usize], before: Option<&Said>) {
        let entries = there.iter().map(|at| self.list.parts[*at].entry.as_ref());
        let single = entries.flatten().filter(|entry| entry.events == 1);
        let told = single.flat_map(|entry| changes(event, before, entry).told);
        let told = told.filter(|notice| notice.kind == NoticeKind::Doubtful);
        self.notices.extend(told.collect::<Vec<_>>());
    }

    /// The sections of an event that takes place as it did: where it stands, and the other one of a hybrid event that
    /// stands in one section only, unless somebody took it out there.
    fn forgotten(&self, event: &Event, before: Option<&Said>, there: &[Revised]) -> Vec<String> {
        let mut sections: Vec<String> = there.iter().map(|one| one.section.clone()).collect();
        if event.mode == PlaceMode::Hybrid && sections.len() == 1 {
            let known = before
                .map(|said| said.sections.as_slice())
                .unwrap_or_default();
            let wanted = self.regions.wanted(event, self.terms.habits);
            let fresh = wanted
                .into_iter()
                .filter(|one| !known.iter().any(|known| known == one));
            for section in fresh.filter(|one| *one != sections[0]).collect::<Vec<_>>() {
                sections.push(section.to_owned());
            }
        }
        sections
    }

    /// The sections of an event that takes place in another way now.
    fn anew(&self, event: &Event, there: &[Revised]) -> Vec<String> {
        let wanted = self.regions.wanted(event, self.terms.habits);
        if wanted.is_empty() {
            return there.iter().map(|one| one.section.clone()).collect();
        }
        wanted.into_iter().map(str::to_owned).collect()
    }

    fn write(&mut self, event: &Event, revised: Vec<Revised>, sections: &[String]) {
        let mut missing = sections.to_vec();
        missing.retain(|section| revised.iter().all(|one| one.section != *section));
        let first = revised
            .first()
            .map(|one| one.text.clone())
            .unwrap_or_default();
        let over = event.last_day() < self.terms.from;
        for one in revised {
            let stays = sections.contains(&one.section) && !over;
            if !stays || one.moved {
                self.gone.push(one.part);
                self.wanted.extend(stays.then_some((one.text, one.section)));
            } else {
                self.list.parts[one.part].text = one.text;
            }
        }
        if !over {
            self.wanted
                .extend(missing.into_iter().map(|section| (first.clone(), section)));
        }
    }
}

fn changes(event: &Event, before: Option<&Said>, entry: &Entry) -> Changes {
    let mut changes = Changes::default();
    changes.day(event, before, entry);
    changes.title(event, before, entry);
    changes.place(event, before, entry);
    changes.groups(event, before, entry);
    changes.price(event, before, entry);
    changes.page(event, entry);
    changes
}

impl Changes {
    fn edit(&mut self, span: Span, text: String) {
        self.edits.push(Edit { span, text });
    }

    fn tell(&mut self, kind: NoticeKind, event: &Event, message: String) {
        self.told.push(Notice::new(kind, &event.url, message));
    }

    fn day(&mut self, event: &Event, before: Option<&Said>, entry: &Entry) {
        let last = event.end_date;
        let same_end = last.is_none() || last == entry.event.end_date;
        if event.date == entry.date() && same_end {
            return;
        }
        let (new, old) = (
            days(event.date, last),
            days(entry.date(), entry.event.end_date),
        );
        let name = &entry.event.title;
        let unchanged = before.is_some_and(|said| {
            said.event.date == event.date && said.event.end_date == event.end_date
        });
        match entry
            .days
            .filter(|_| !unchanged && event.date != entry.date())
        {
            Some(span) => {
                self.edit(span, new.clone());
                self.moved = true;
                self.tell(
                    NoticeKind::Rescheduled,
                    event,
                    format!("`{name}` moved from {old} to {new}"),
                );
            }
            None => {
                let message = format!("`{name}` is on {old} in the list; its page says {new}");
                self.tell(NoticeKind::Doubtful, event, message);
            }
        }
    }

    fn title(&mut self, event: &Event, before: Option<&Said>, entry: &Entry) {
        let old = &entry.event.title;
        if are_alike(&event.title, old) {
            return;
        }
        let Some(before) = before else {
            if !are_near(&event.title, old) {
                let message = format!("`{old}` is called `{}` on its page", event.title);
                self.tell(NoticeKind::Doubtful, event, message);
            }
            return;
        };
        if before.event.title == event.title {
            return;
        }
        let message = format!("`{old}` is called `{}` now", event.title);
        if are_alike(&before.event.title, old) {
            let bold = entry.title;
            self.edit(bold, format!("**{}**", escaped(&event.title)));
            self.tell(NoticeKind::Changed, event, message);
        } else {
            let message = format!("{message}; the list has words of its own");
            self.tell(NoticeKind::Doubtful, event, message);
        }
    }

    fn place(&mut self, event: &Event, before: Option<&Said>, entry: &Entry) {
        let (new, old) = (place_of(event), entry.event.place.text.clone());
        if are_alike(&new, &old) {
            return;
        }
        let name = &entry.event.title;
        let Some(before) = before else {
            if event.mode != entry.mode() {
                let message =
                    format!("`{name}` is at `{old}` in the list; its source says `{new}`");
                self.tell(NoticeKind::Doubtful, event, message);
            }
            return;
        };
        let said = place_of(&before.event);
        if are_alike(&said, &new) {
            return;
        }
        match entry.place.filter(|_| are_alike(&said, &old)) {
            Some(span) => {
                self.edit(span, new.clone());
                self.mode = (event.mode != entry.mode()).then_some(event.mode);
                self.tell(
                    NoticeKind::Changed,
                    event,
                    format!("`{name}` is at `{new}` now, not at `{old}`"),
                );
            }
            None => {
                let message =
                    format!("`{name}` is at `{old}` in the list; its source says `{new}` now");
                self.tell(NoticeKind::Doubtful, event, message);
            }
        }
    }

    fn groups(&mut self, event: &Event, before: Option<&Said>, entry: &Entry) {
        let keys = |groups: &[Group]| -> Vec<String> { groups.iter().map(group_key).collect() };
        let own = entry.event.organisers.iter().map(|one| Group {
            name: one.name.clone(),
            url: one.url.clone(),
        });
        let own: Vec<Group> = own.collect();
        let new = keys(&event.groups);
        let old = before.map(|said| keys(&said.event.groups));
        let untouched = old.is_some_and(|old| old != new && old == keys(&own));
        if let Some(span) = entry.groups.filter(|_| untouched && !new.is_empty()) {
            self.edit(span, groups(event));
            let names: Vec<&str> = event
                .groups
                .iter()
                .map(|group| group.name.as_str())
                .collect();
            let message = format!(
                "`{}` is held by {} now",
                entry.event.title,
                names.join(" and ")
            );
            self.tell(NoticeKind::Changed, event, message);
        }
    }

    fn price(&mut self, event: &Event, before: Option<&Said>, entry: &Entry) {
        let new = event.paid && before.is_some_and(|said| !said.event.paid);
        if new && !entry.event.paid {
            self.edit(
                Span::new(entry.link.start, entry.link.start),
                "$".to_owned(),
            );
            self.tell(
                NoticeKind::Changed,
                event,
                format!("`{}` costs money now", entry.event.title),
            );
        }
    }

    /// Sites give an event of a series an address of its own once somebody has touched it.
    fn page(&mut self, event: &Event, entry: &Entry) {
        let (new, old) = (&event.url, &entry.event.url);
        if page_key(new) == page_key(old) {
            return;
        }
        let host =
            |url: &str| crate::canonical::parts(url).map(|parts| parts.host.to_ascii_lowercase());
        let Some(span) = entry.destination.filter(|_| host(new) == host(old)) else {
            return;
        };
        self.edit(span, destination(new));
        let message = format!("`{}` has another address now", entry.event.title);
        self.tell(NoticeKind::Changed, event, message);
    }
}
