//! What `press.toml` says of the places where the built site is put, checked: `[[deploy]]`.
//!
//! Keys of storage are not here. A table names the variables of the environment that hold its own.

use super::{Loader, schema};
use crate::error::did_you_mean;
use press_core::render::address::file_of;
pub use schema::deploy::{DeployKind, Foreign};
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;

/// A place where the built site is put.
#[derive(Clone, Debug)]
pub struct Deploy {
    /// Its name.
    pub name: String,
    /// Where readers find what was put there.
    pub url: String,
    /// What and where it is.
    pub place: DeployPlace,
}

/// What and where a place is.
#[derive(Clone, Debug)]
pub enum DeployPlace {
    /// A folder of this machine.
    Folder(FolderPlace),
    /// A branch of a repository.
    Git(GitPlace),
    /// A bucket.
    S3(S3Place),
    /// A folder of another machine.
    Rsync(RsyncPlace),
    /// Wherever a program puts it.
    Command(CommandPlace),
}

/// A folder of this machine.
#[derive(Clone, Debug)]
pub struct FolderPlace {
    /// The folder that is shown.
    pub folder: PathBuf,
    /// How many versions stay.
    pub keep: usize,
}

/// A branch of a repository.
#[derive(Clone, Debug)]
pub struct GitPlace {
    /// The repository, if it is not the newsletter's own.
    pub repository: Option<String>,
    /// The branch.
    pub branch: String,
    /// The folder in it, with `/` at its end; or nothing.
    pub prefix: String,
    /// The message of commits, with placeholders.
    pub message: String,
}

/// A bucket.
#[derive(Clone, Debug)]
pub struct S3Place {
    /// Its name.
    pub bucket: String,
    /// The folder in it, with `/` at its end; or nothing.
    pub prefix: String,
    /// The region that requests are signed for.
    pub region: String,
    /// Where the storage is.
    pub endpoint: String,
    /// Whether the bucket stands in the path.
    pub path_style: bool,
    /// The variable that holds the key's id.
    pub access_key_env: String,
    /// The variable that holds the key's secret.
    pub secret_key_env: String,
    /// Most requests at a time.
    pub connections: usize,
    /// Longest that one may take.
    pub timeout: Duration,
}

/// A folder of another machine.
#[derive(Clone, Debug)]
pub struct RsyncPlace {
    /// The folder, as `rsync` takes it.
    pub destination: String,
    /// The program that connects.
    pub ssh: String,
    /// What becomes of files that others put there.
    pub foreign: Foreign,
}

/// A program that knows where to put it.
#[derive(Clone, Debug)]
pub struct CommandPlace {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Longest that it may take.
    pub timeout: Duration,
}

impl DeployKind {
    /// The kind as `press.toml` has it.
    pub fn name(self) -> &'static str {
        match self {
            DeployKind::Folder => "folder",
            DeployKind::Git => "git",
            DeployKind::S3 => "s3",
            DeployKind::Rsync => "rsync",
            DeployKind::Command => "command",
        }
    }
}

impl DeployPlace {
    /// The kind of a place.
    pub fn kind(&self) -> DeployKind {
        match self {
            DeployPlace::Folder(_) => DeployKind::Folder,
            DeployPlace::Git(_) => DeployKind::Git,
            DeployPlace::S3(_) => DeployKind::S3,
            DeployPlace::Rsync(_) => DeployKind::Rsync,
            DeployPlace::Command(_) => DeployKind::Command,
        }
    }
}

impl Loader<'_> {
    pub(super) fn deploys(&mut self, file: &schema::File) -> Vec<Deploy> {
        let mut all: Vec<Deploy> = Vec::new();
        for written in &file.deploy {
            let kind = Spanned::new(written.kind.span(), written.kind.get_ref().name());
            let known: Vec<&str> = all.iter().map(|known| known.name.as_str()).collect();
            let name = self.name_among(written.name.as_ref(), &kind, ("places", &known));
            self.refuse_other_kinds(written);
            let base = file.newsletter.base_url.get_ref();
            let url = written.url.as_ref().map_or(base, |url| {
                self.refuse_no_address(url);
                url.get_ref()
            });
            all.push(Deploy {
                name,
                url: url.trim_end_matches('/').to_owned(),
                place: self.deploy_place(written),
            });
        }
        all
    }

    /// A key that a kind does not know would be ignored, and whoever wrote it deceived.
    fn refuse_other_kinds(&mut self, written: &schema::Deploy) {
        use DeployKind::{Command, Folder, Git, Rsync, S3};
        let spans = [
            ("folder", span(&written.folder), &[Folder][..]),
            ("keep", span(&written.keep), &[Folder]),
            ("repository", span(&written.repository), &[Git]),
            ("branch", span(&written.branch), &[Git]),
            ("message", span(&written.message), &[Git]),
            ("prefix", span(&written.prefix), &[S3, Git]),
            ("bucket", span(&written.bucket), &[S3]),
            ("region", span(&written.region), &[S3]),
            ("endpoint", span(&written.endpoint), &[S3]),
            ("path-style", span(&written.path_style), &[S3]),
            ("access-key-env", span(&written.access_key_env), &[S3]),
            ("secret-key-env", span(&written.secret_key_env), &[S3]),
            ("connections", span(&written.connections), &[S3]),
            ("destination", span(&written.destination), &[Rsync]),
            ("ssh", span(&written.ssh), &[Rsync]),
            ("foreign", span(&written.foreign), &[Rsync]),
            ("command", span(&written.command), &[Command]),
            ("timeout-s", span(&written.timeout_s), &[Command, S3]),
        ];
        let kind = *written.kind.get_ref();
        for (name, span, kinds) in &spans {
            let Some(span) = span.clone().filter(|_| !kinds.contains(&kind)) else {
                continue;
            };
            let own = spans.iter().filter(|(_, _, kinds)| kinds.contains(&kind));
            let message = format!("the kind `{}` does not know `{name}`", kind.name());
            let at = Spanned::new(span, ());
            match did_you_mean(name, own.map(|(name, ..)| *name)) {
                Some(meant) => {
                    self.mistake_with_help(&at, message, format!("did you mean `{meant}`?"));
                }
                None => self.mistake(&at, message),
            }
        }
    }

    fn deploy_place(&mut self, written: &schema::Deploy) -> DeployPlace {
        match written.kind.get_ref() {
            DeployKind::Folder => DeployPlace::Folder(self.folder_place(written)),
            DeployKind::Git => DeployPlace::Git(self.git_place(written)),
            DeployKind::S3 => DeployPlace::S3(self.s3_place(written)),
            DeployKind::Rsync => DeployPlace::Rsync(self.rsync_place(written)),
            DeployKind::Command => DeployPlace::Command(self.command_place(written)),
        }
    }

    /// A key without which a kind cannot work.
    fn needed<T: Clone + Default>(
        &mut self,
        written: &schema::Deploy,
        value: &Option<Spanned<T>>,
        help: &str,
    ) -> T {
        match value {
            Some(value) => value.get_ref().clone(),
            None => {
                let message = "it does not say where to put the site";
                self.mistake_with_help(&written.kind, message, help);
                T::default()
            }
        }
    }

    fn folder_place(&mut self, written: &schema::Deploy) -> FolderPlace {
        let home = self.path.parent().unwrap_or(Path::new(""));
        let help = "write `folder = \"…\"`: the folder that your web server shows";
        let folder: PathBuf = self.needed(written, &written.folder, help);
        if let Some(named) = &written.folder
            && named.get_ref().file_name().is_none()
        {
            self.mistake(named, "this is no name of a folder");
        }
        FolderPlace {
            folder: home.join(folder),
            keep: self.number(&written.keep, 3, 1..=1000),
        }
    }

    fn git_place(&mut self, written: &schema::Deploy) -> GitPlace {
        if let Some(repository) = &written.repository {
            self.refuse_option(repository);
            if has_password(repository.get_ref()) {
                let help = "`press.toml` is public: let Git know it, with a credential helper";
                self.mistake_with_help(repository, "here stands a password", help);
            }
        }
        if let Some(branch) = &written.branch
            && !is_branch(branch.get_ref())
        {
            self.mistake(branch, "this is no name of a branch");
        }
        if let Some(message) = &written.message {
            self.placeholders(message, &["name", "date"]);
        }
        GitPlace {
            repository: own(&written.repository),
            branch: own(&written.branch).unwrap_or_else(|| "gh-pages".to_owned()),
            prefix: self.prefix(&written.prefix),
            message: own(&written.message)
                .unwrap_or_else(|| "{name}: the site of {date}".to_owned()),
        }
    }

    fn s3_place(&mut self, written: &schema::Deploy) -> S3Place {
        let bucket: String =
            self.needed(written, &written.bucket, "write `bucket = \"…\"`: its name");
        let plain =
            |sign: char| matches!(sign, 'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '_');
        if let Some(named) = &written.bucket
            && (bucket.is_empty() || bucket.starts_with('.') || !bucket.chars().all(plain))
        {
            self.mistake(named, "this is no name of a bucket");
        }
        let region = own(&written.region).unwrap_or_else(|| "us-east-1".to_owned());
        if let Some(named) = &written.region
            && (region.is_empty() || !region.chars().all(plain))
        {
            self.mistake(named, "a region is written like `eu-central-1`");
        }
        if let Some(endpoint) = &written.endpoint {
            self.refuse_no_address(endpoint);
        }
        let usual = || format!("https://s3.{region}.amazonaws.com");
        let endpoint = own(&written.endpoint).unwrap_or_else(usual);
        let variable = |name: &Option<Spanned<String>>, usual: &str| {
            own(name).unwrap_or_else(|| usual.to_owned())
        };
        S3Place {
            bucket,
            prefix: self.prefix(&written.prefix),
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            region,
            path_style: own(&written.path_style).unwrap_or_default(),
            access_key_env: variable(&written.access_key_env, "AWS_ACCESS_KEY_ID"),
            secret_key_env: variable(&written.secret_key_env, "AWS_SECRET_ACCESS_KEY"),
            connections: self.number(&written.connections, 16, 1..=256),
            timeout: Duration::from_secs(self.number(&written.timeout_s, 300, 1..=86_400)),
        }
    }

    fn rsync_place(&mut self, written: &schema::Deploy) -> RsyncPlace {
        let help = "write `destination = \"USER@HOST:/FOLDER\"`";
        let destination: String = self.needed(written, &written.destination, help);
        if let Some(named) = &written.destination {
            self.refuse_option(named);
            let remote = destination.split_once(':').is_some_and(|(host, folder)| {
                !host.is_empty() && !host.contains('/') && !folder.is_empty()
            });
            // An address of IPv6 stands in brackets.
            let behind = destination.rsplit(']').next().unwrap_or_default();
            let daemon = behind.contains("::") || destination.starts_with("rsync://");
            if daemon || !(remote || Path::new(&destination).is_absolute()) {
                self.mistake_with_help(named, "this names no folder that ssh leads to", help);
            }
        }
        RsyncPlace {
            destination,
            ssh: own(&written.ssh).unwrap_or_else(|| "ssh".to_owned()),
            foreign: own(&written.foreign).unwrap_or_default(),
        }
    }

    fn command_place(&mut self, written: &schema::Deploy) -> CommandPlace {
        let help = "write `command = [\"PROGRAM\", \"ARGUMENT\"]`";
        let command: Vec<String> = self.needed(written, &written.command, help);
        if let Some(named) = &written.command
            && command.first().is_none_or(String::is_empty)
        {
            self.mistake(named, "this names no program");
        }
        CommandPlace {
            command,
            timeout: Duration::from_secs(self.number(&written.timeout_s, 1800, 1..=86_400)),
        }
    }

    /// A folder that what is put stands below, with `/` at its end.
    fn prefix(&mut self, written: &Option<Spanned<String>>) -> String {
        let Some(prefix) = written else {
            return String::new();
        };
        let plain = prefix.get_ref().trim_matches('/');
        if plain.is_empty() {
            return String::new();
        }
        if file_of(&format!("/{plain}")).is_none() {
            self.mistake(prefix, "this is no folder");
        }
        format!("{plain}/")
    }

    fn number<N>(
        &mut self,
        written: &Option<Spanned<N>>,
        usual: N,
        sensible: std::ops::RangeInclusive<N>,
    ) -> N
    where
        N: Copy + PartialOrd + std::fmt::Display,
    {
        if let Some(number) = written
            && !sensible.contains(number.get_ref())
        {
            let (least, most) = (sensible.start(), sensible.end());
            self.mistake(number, format!("between {least} and {most} are sensible"));
        }
        own(written).unwrap_or(usual)
    }

    fn refuse_no_address(&mut self, url: &Spanned<String>) {
        let known = ["https://", "http://"].iter().any(|scheme| {
            let host = url.get_ref().strip_prefix(scheme);
            host.is_some_and(|host| !host.is_empty() && !host.contains(char::is_whitespace))
        });
        if !known {
            self.mistake(url, "this is no address; it begins with `https://`");
        }
    }

    /// What a program would take for an option, or what is no text for a command line.
    fn refuse_option(&mut self, text: &Spanned<String>) {
        let plain = text.get_ref();
        if plain.is_empty() || plain.starts_with('-') || plain.contains(char::is_control) {
            self.mistake(text, "this is no place");
        }
    }
}

fn own<T: Clone>(value: &Option<Spanned<T>>) -> Option<T> {
    value.as_ref().map(|value| value.get_ref().clone())
}

fn span<T>(value: &Option<Spanned<T>>) -> Option<std::ops::Range<usize>> {
    value.as_ref().map(Spanned::span)
}

/// Whether Git may take it for a branch (git-check-ref-format(1), a little stricter).
fn is_branch(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '-'])
            && !part.ends_with('.')
            && !part.ends_with(".lock")
    };
    let odd = |sign: char| {
        sign.is_control()
            || sign.is_whitespace()
            || matches!(sign, '~' | '^' | ':' | '?' | '*' | '[' | '\\')
    };
    name.len() <= 200
        && name.split('/').all(part)
        && !name.contains(odd)
        && !name.contains("..")
        && !name.contains("@{")
        && name != "@"
}

/// Whether an address holds more than the name of who logs in.
fn has_password(url: &str) -> bool {
    let login = url.split_once("://").and_then(|(_, rest)| {
        let place = rest.split('/').next().unwrap_or_default();
        place.rsplit_once('@').map(|(login, _)| login)
    });
    login.is_some_and(|login| login.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_are_names_that_git_takes() {
        for good in ["gh-pages", "site/weekly", "ü"] {
            assert!(is_branch(good), "{good}");
        }
        for bad in [
            "", "-f", "a b", "a..b", "a/", "/a", ".a", "a.lock", "a~1", "a:b", "@", "a@{1}", "a\n",
        ] {
            assert!(!is_branch(bad), "{bad}");
        }
    }

    #[test]
    fn passwords_are_seen_in_addresses() {
        assert!(has_password("https://ada:secret@git.example/a"));
        for good in [
            "https://ada@git.example/a",
            "git@git.example:a/b",
            "/srv/a.git",
        ] {
            assert!(!has_password(good), "{good}");
        }
    }
}
