//! `[[deploy]]` of `press.toml`: where the built site is put.

use serde::Deserialize;
use std::path::PathBuf;
use toml::Spanned;

/// A place where `press deploy` puts the built site. There may be several.
///
/// ```toml
/// [[deploy]]
/// name = "server"
/// kind = "folder"
/// url = "https://tern.example"
/// folder = "/srv/www/tern"
/// keep = 3
///
/// [[deploy]]
/// name = "pages"
/// kind = "git"
/// repository = "git@github.com:tern/tern.github.io"
/// branch = "gh-pages"
/// message = "Site of {date}"
///
/// [[deploy]]
/// name = "bucket"
/// kind = "s3"
/// bucket = "tern-weekly"
/// prefix = "blog"
/// region = "eu-central-1"
/// endpoint = "https://s3.eu-central-1.amazonaws.com"
/// path-style = false
/// access-key-env = "AWS_ACCESS_KEY_ID"
/// secret-key-env = "AWS_SECRET_ACCESS_KEY"
/// connections = 16
///
/// [[deploy]]
/// name = "machine"
/// kind = "rsync"
/// destination = "deploy@www.tern.example:/srv/www/tern"
/// ssh = "ssh -p 2222"
/// foreign = "keep"
///
/// [[deploy]]
/// name = "elsewhere"
/// kind = "command"
/// command = ["./upload.sh", "--production"]
/// timeout-s = 1800
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::config) struct Deploy {
    /// Its name on the command line: small letters, digits and hyphens.
    ///
    /// Default: the kind
    pub(in crate::config) name: Option<Spanned<String>>,
    /// What kind of place it is.
    pub(in crate::config) kind: Spanned<DeployKind>,
    /// Where readers find what was put there.
    ///
    /// Default: `base-url` of `[newsletter]`
    pub(in crate::config) url: Option<Spanned<String>>,
    /// The folder that a web server shows, relative to the folder of `press.toml`. It becomes a link to the newest version of the site. Of
    /// `folder` only.
    ///
    /// Default: none; `folder` needs one
    pub(in crate::config) folder: Option<Spanned<PathBuf>>,
    /// How many versions of the site stay, the shown one included. Of `folder` only.
    ///
    /// Default: `3`
    pub(in crate::config) keep: Option<Spanned<usize>>,
    /// The repository: an address or a path as `git push` takes it. Of `git` only.
    ///
    /// Default: where the newsletter's own repository pushes to, its `origin`
    pub(in crate::config) repository: Option<Spanned<String>>,
    /// The branch. It is made if it is not there. Of `git` only.
    ///
    /// Default: `"gh-pages"`
    pub(in crate::config) branch: Option<Spanned<String>>,
    /// The message of commits. Placeholders: `{name}` is the newsletter's, `{date}` today. Of `git` only.
    ///
    /// Default: `"{name}: the site of {date}"`
    pub(in crate::config) message: Option<Spanned<String>>,
    /// The bucket. Of `s3` only.
    ///
    /// Default: none; `s3` needs one
    pub(in crate::config) bucket: Option<Spanned<String>>,
    /// The folder in the bucket, or in the branch. Nothing outside is touched. Of `s3` and `git`.
    ///
    /// Default: `""`
    pub(in crate::config) prefix: Option<Spanned<String>>,
    /// The region that requests are signed for. Of `s3` only.
    ///
    /// Default: `"us-east-1"`
    pub(in crate::config) region: Option<Spanned<String>>,
    /// Where the storage is, without the bucket. Of `s3` only.
    ///
    /// Default: Amazon's address in the region
    pub(in crate::config) endpoint: Option<Spanned<String>>,
    /// Whether the bucket stands in the path of addresses and not in the name of the host. Some storage other than Amazon's
    /// needs it. Of `s3` only.
    ///
    /// Default: `false`
    pub(in crate::config) path_style: Option<Spanned<bool>>,
    /// The variable of the environment that holds the id of the key. Of `s3` only.
    ///
    /// Default: `"AWS_ACCESS_KEY_ID"`
    pub(in crate::config) access_key_env: Option<Spanned<String>>,
    /// The variable of the environment that holds the secret of the key. What goes with a borrowed key is in
    /// `AWS_SESSION_TOKEN`. Of `s3` only.
    ///
    /// Default: `"AWS_SECRET_ACCESS_KEY"`
    pub(in crate::config) secret_key_env: Option<Spanned<String>>,
    /// Most requests at a time. Of `s3` only.
    ///
    /// Default: `16`
    pub(in crate::config) connections: Option<Spanned<usize>>,
    /// The folder on the other machine, as `rsync` takes it: `USER@HOST:/FOLDER`; or a folder of this machine, from `/`. Of
    /// `rsync` only.
    ///
    /// Default: none; `rsync` needs one
    pub(in crate::config) destination: Option<Spanned<String>>,
    /// The program that connects, with its options. Nobody is asked for a password: log in with a key. Of `rsync` only.
    ///
    /// Default: `"ssh"`
    pub(in crate::config) ssh: Option<Spanned<String>>,
    /// What becomes of files that are there and were not put there by `press`. Of `rsync` only.
    ///
    /// Default: `"keep"`
    pub(in crate::config) foreign: Option<Spanned<Foreign>>,
    /// The program and its arguments, run in the folder of `press.toml`. Of `command` only.
    ///
    /// Default: none; `command` needs one
    pub(in crate::config) command: Option<Spanned<Vec<String>>>,
    /// Longest that the program may take, or one request to a bucket, in seconds. Of `command` and `s3`.
    ///
    /// Default: 1800; of `s3` 300
    pub(in crate::config) timeout_s: Option<Spanned<u64>>,
}

/// What kind of place the site is put to.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum DeployKind {
    /// A folder of this machine, switched from one version to the next at once.
    Folder,
    /// A branch of this or another Git repository, such as that of GitHub Pages.
    Git,
    /// Storage that talks like Amazon S3.
    S3,
    /// A folder of another machine, by `rsync` over `ssh`.
    Rsync,
    /// Any program that knows where to put it.
    Command,
}

/// What becomes of files that others put there.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Foreign {
    /// They stay.
    #[default]
    Keep,
    /// They are deleted.
    Delete,
}
