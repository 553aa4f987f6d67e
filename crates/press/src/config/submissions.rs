//! What `press.toml` says of submissions, checked.

use super::{Loader, schema};
use toml::Spanned;

/// How people send links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submissions {
    /// How many hours before its day an issue is closed for them.
    pub deadline_hours: i64,
    /// Most of one sender within the window.
    pub per_sender: i64,
    /// Most that lead to one host within the window.
    pub per_host: i64,
    /// How far back is counted, in seconds.
    pub window_s: i64,
    /// Owner and name of the repository.
    pub repository: Option<String>,
    /// The address of the forge's interface.
    pub api: String,
    /// The Git remote.
    pub remote: String,
    /// Every how many minutes the server reads pull requests; 0 for never.
    pub poll_minutes: u32,
}

/// A year has fewer hours.
const HOURS: i64 = 10_000;

impl Loader<'_> {
    pub(super) fn submissions(
        &mut self,
        own: &schema::Submissions,
        newsletter: Option<&str>,
    ) -> Submissions {
        let deadline_hours = *own.deadline_hours.get_ref();
        if deadline_hours.abs() > 14 * 24 {
            self.mistake(&own.deadline_hours, "a deadline is at most two weeks off");
        }
        for (number, most) in [
            (&own.per_sender, i64::MAX),
            (&own.per_host, i64::MAX),
            (&own.window_hours, HOURS),
        ] {
            if !(1..=most).contains(number.get_ref()) {
                self.mistake(number, "this is a number from 1 on");
            }
        }
        if *own.poll_minutes.get_ref() > 7 * 24 * 60 {
            self.mistake(
                &own.poll_minutes,
                "once a week is the least that is sensible",
            );
        }
        self.remote(&own.remote);
        Submissions {
            deadline_hours: deadline_hours.clamp(-HOURS, HOURS),
            per_sender: *own.per_sender.get_ref(),
            per_host: *own.per_host.get_ref(),
            window_s: own.window_hours.get_ref().clamp(&1, &HOURS) * 3_600,
            repository: match &own.repository {
                Some(named) => self.named_repository(named),
                None => newsletter.and_then(repository_of),
            },
            api: own.api.trim_end_matches('/').to_owned(),
            remote: own.remote.get_ref().trim().to_owned(),
            poll_minutes: *own.poll_minutes.get_ref(),
        }
    }

    /// The name of a Git remote, which must not look like an option.
    pub(super) fn remote(&mut self, named: &Spanned<String>) {
        let remote = named.get_ref().trim();
        if remote.is_empty() || remote.starts_with('-') || remote.contains(char::is_whitespace) {
            self.mistake(named, "this is no name of a remote");
        }
    }

    fn named_repository(&mut self, named: &Spanned<String>) -> Option<String> {
        let known = is_repository(named.get_ref());
        if !known {
            self.mistake(named, "a repository is written `owner/name`");
        }
        known.then(|| named.get_ref().clone())
    }
}

/// The repository that an address such as `https://forge.example/owner/name` is of.
fn repository_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    let path = path.trim_end_matches('/').trim_end_matches(".git");
    is_repository(path).then(|| path.to_owned())
}

fn is_repository(name: &str) -> bool {
    let plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '.');
    let part = |part: &str| !part.trim_matches('.').is_empty() && part.chars().all(plain);
    name.split_once('/')
        .is_some_and(|(owner, name)| part(owner) && part(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_known_by_its_address() {
        let of = |url| repository_of(url).unwrap_or_default();
        assert_eq!(of("https://github.com/tern/weekly"), "tern/weekly");
        assert_eq!(of("https://github.com/tern/weekly.git/"), "tern/weekly");
        assert_eq!(of("https://tern.example/weekly"), "");
        assert_eq!(of("https://forge.example/a/../b"), "");
        assert!(!is_repository("../x") && !is_repository("a/b/c"));
    }
}
