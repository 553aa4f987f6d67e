//! `[check]`: levels of rules and what is set for single ones.

use super::{Loader, schema};
use crate::error::did_you_mean;
use press_core::check::options::Options;
use press_core::check::rules;
use press_core::diagnostic::Level;
use std::collections::HashMap;
use toml::Spanned;

impl Loader<'_> {
    pub(super) fn levels(&mut self, check: &schema::Check) -> HashMap<String, Level> {
        let names = || rules::all().map(|rule| rule.name);
        for name in check.levels.keys() {
            if names().all(|known| known != name.get_ref()) {
                let message = format!("there is no rule `{}`", name.get_ref());
                match did_you_mean(name.get_ref(), names()) {
                    Some(meant) => {
                        self.mistake_with_help(name, message, format!("did you mean `{meant}`?"));
                    }
                    None => {
                        self.mistake_with_help(name, message, "`press explain` lists all rules");
                    }
                }
            }
        }
        let level = |(name, level): (&Spanned<String>, &Level)| (name.get_ref().clone(), *level);
        check.levels.iter().map(level).collect()
    }

    pub(super) fn options(&mut self, check: &schema::Check) -> Options {
        let usual = Options::default();
        for host in check.media_mark_video.iter().chain(&check.media_mark_audio) {
            if host.get_ref().contains(['/', ':', ' ']) || !host.get_ref().contains('.') {
                let message = format!("`{}` is no host", host.get_ref());
                self.mistake_with_help(host, message, "write it as in `talks.example.org`");
            }
        }
        let days = check.event_window_days.as_ref();
        if let Some(none) = days.filter(|days| *days.get_ref() == 0) {
            self.mistake_with_help(
                none,
                "a window has at least one day",
                "write how many days it may have",
            );
        }
        let hosts = |hosts: &[Spanned<String>]| {
            hosts
                .iter()
                .map(|host| host.get_ref().to_lowercase())
                .collect()
        };
        Options {
            words: check.words.iter().map(|word| word.to_lowercase()).collect(),
            already_linked_issues: check.already_linked_issues,
            event_window_days: days.map_or(usual.event_window_days, |days| *days.get_ref()),
            video_hosts: hosts(&check.media_mark_video),
            audio_hosts: hosts(&check.media_mark_audio),
            kept_parameters: check.tracking_parameters_kept.clone(),
            truncated_title_characters: check
                .truncated_title_characters
                .unwrap_or(usual.truncated_title_characters),
        }
    }
}
