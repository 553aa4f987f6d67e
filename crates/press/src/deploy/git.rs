//! A branch of this or another repository, such as the one that GitHub Pages shows.
//!
//! The work is done in a bare repository of our own in `.press/`, with the settings of the newsletter's: whoever may push
//! the newsletter may push the site, and no branch is ever checked out. What we once put there is in a list in the branch;
//! everything else in it stays. One commit holds the new site; it is pushed as what follows the branch's last commit and
//! never by force, so a push that somebody else was quicker than is refused, and done again upon theirs.

use super::manifest::{self, Manifest};
use super::site::Site;
use super::standing::Standing;
use super::{Put, Target, Tell, Told};
use crate::config::GitPlace;
use crate::error::{Error, Result};
use crate::git::Git;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How often somebody else may be quicker.
const TRIES: usize = 6;
/// Without this file GitHub takes the pages for sources of Jekyll.
const NO_JEKYLL: &str = ".nojekyll";
/// Under this name the branch is known in our own repository.
const THERE: &str = "refs/press/there";

/// A branch, and our own repository beside it.
struct Branch<'p> {
    place: &'p GitPlace,
    git: Git,
    folder: PathBuf,
    /// The repository as `git push` takes it.
    url: String,
}

/// The branch as it was fetched.
struct There {
    /// Its last commit, if there is such a branch.
    head: Option<String>,
    manifest: Option<Manifest>,
}

impl<'p> Branch<'p> {
    fn open(target: &Target, place: &'p GitPlace) -> Result<Branch<'p>> {
        let own = Git::of(&target.newsletter);
        let url = match (&place.repository, &own) {
            (Some(repository), _) => whole(repository, &target.newsletter),
            (None, Ok(own)) => own
                .run(&["remote", "get-url", "--push", "origin"], None)
                .map_err(|error| {
                    error.help("add the remote: `git remote add origin …`; or name the `repository` of the place")
                })
                .map(|url| whole(&url, &target.newsletter))?,
            (None, Err(error)) => {
                let help = "or name the `repository` of the place in press.toml";
                return Err(error.clone().help(help));
            }
        };
        let home = std::path::absolute(&target.home).unwrap_or_else(|_| target.home.clone());
        let folder = home
            .join(".press/deploy")
            .join(format!("{}.git", target.name()));
        let git = Git::bare(&folder, own.ok().as_ref())?;
        let git = name_somebody(git, &target.title);
        Ok(Branch {
            place,
            git,
            folder,
            url,
        })
    }

    /// The commit that the branch has now, over there.
    fn head(&self) -> Result<Option<String>> {
        let name = format!("refs/heads/{}", self.place.branch);
        let listed = self.git.run(&["ls-remote", "--", &self.url, &name], None);
        let listed = listed.map_err(|error| {
            error
                .help(format!(
                    "see whether you may read it: `git ls-remote {}`",
                    self.url
                ))
                .state("nothing was changed there")
        })?;
        // Other branches may end in the same name.
        let mut lines = listed.lines().filter_map(|line| line.split_once('\t'));
        let found = lines.find(|(_, found)| *found == name);
        Ok(found.map(|(commit, _)| commit.to_owned()))
    }

    /// Fetches the branch, and reads the list in it.
    fn fetch(&self) -> Result<There> {
        let Some(head) = self.head()? else {
            return Ok(There {
                head: None,
                manifest: None,
            });
        };
        let spec = format!("+refs/heads/{}:{THERE}", self.place.branch);
        let arguments = [
            "fetch",
            "--quiet",
            "--no-tags",
            "--depth=1",
            "--",
            &self.url,
            &spec,
        ];
        self.git.run(&arguments, None)?;
        // Somebody may have pushed between the two questions.
        let head = self.git.run(&["rev-parse", THERE], None).unwrap_or(head);
        let list = format!("{head}:{}{}", self.place.prefix, manifest::NAME);
        let size = self.git.run(&["cat-file", "-s", &list], None).ok();
        let size = size.and_then(|size| size.parse::<usize>().ok());
        let place = format!("{} of {}", self.place.branch, self.url);
        let manifest = match size {
            None => None,
            Some(size) if size > manifest::LIMIT_BYTES => {
                let text = vec![b' '; manifest::LIMIT_BYTES + 1];
                Some(Manifest::parse(&text, &place)?)
            }
            Some(_) => {
                let text = self.git.run(&["cat-file", "blob", &list], None)?;
                Some(Manifest::parse(text.as_bytes(), &place)?)
            }
        };
        Ok(There {
            head: Some(head),
            manifest,
        })
    }

    /// The tree of the branch with the site in it.
    fn tree(&self, there: &There, site: &Site, standing: &Standing) -> Result<String> {
        let index = self.folder.join("press-index");
        // What a killed run left is of no use.
        let _ = std::fs::remove_file(&index);
        let _ = std::fs::remove_file(index.with_extension("lock"));
        let own = self.git.with_index(index);
        match &there.head {
            Some(head) => own.run(&["read-tree", head], None)?,
            None => own.run(&["read-tree", "--empty"], None)?,
        };
        let mut entries = String::new();
        for path in &standing.deleted {
            let gone = "0000000000000000000000000000000000000000";
            entries.push_str(&format!("0 {gone}\t{}{path}\0", self.place.prefix));
        }
        let paths: Vec<&String> = standing.added.iter().chain(&standing.changed).collect();
        for (path, blob) in paths.iter().zip(self.blobs(site, &paths)?) {
            entries.push_str(&format!("100644 {blob}\t{}{path}\0", self.place.prefix));
        }
        let list = String::from_utf8_lossy(&Manifest::of(site).render()).into_owned();
        let list = self.blob(&list)?;
        entries.push_str(&format!(
            "100644 {list}\t{}{}\0",
            self.place.prefix,
            manifest::NAME
        ));
        let plain = format!("{}{NO_JEKYLL}", self.place.prefix);
        let known = own.run(&["ls-files", "--", &plain], None)?;
        if known.is_empty() {
            let nothing = self.blob("")?;
            entries.push_str(&format!("100644 {nothing}\t{plain}\0"));
        }
        own.run(&["update-index", "-z", "--index-info"], Some(&entries))?;
        own.run(&["write-tree"], None)
    }

    fn blob(&self, text: &str) -> Result<String> {
        let arguments = ["hash-object", "-w", "--no-filters", "--stdin"];
        self.git.run(&arguments, Some(text))
    }

    /// Takes files in as they are, and gives their ids.
    fn blobs(&self, site: &Site, paths: &[&String]) -> Result<Vec<String>> {
        let folder = std::path::absolute(&site.folder).unwrap_or_else(|_| site.folder.clone());
        let Some(folder) = folder.to_str().filter(|folder| !folder.contains('\n')) else {
            let error = Error::new("the site's folder has a name that Git does not take");
            return Err(error.help("build into another folder"));
        };
        let lines: String = paths
            .iter()
            .flat_map(|path| [folder, "/", path.as_str(), "\n"])
            .collect();
        let arguments = ["hash-object", "-w", "--no-filters", "--stdin-paths"];
        let blobs = self.git.run(&arguments, Some(&lines))?;
        let blobs: Vec<String> = blobs.lines().map(str::to_owned).collect();
        if blobs.len() != paths.len() {
            return Err(Error::new("Git did not take all files of the site"));
        }
        Ok(blobs)
    }

    fn commit(&self, tree: &str, head: Option<&str>, message: &str) -> Result<String> {
        let mut arguments = vec!["commit-tree", tree];
        if let Some(head) = head {
            arguments.extend(["-p", head]);
        }
        let signs = ["config", "--type=bool", "--get", "commit.gpgSign"];
        let signs = self
            .git
            .run(&signs, None)
            .is_ok_and(|signs| signs == "true");
        if signs {
            arguments.push("-S");
        }
        arguments.extend(["-F", "-"]);
        self.git.run(&arguments, Some(message))
    }

    /// Pushes a commit. `false` if somebody else was quicker.
    fn push(&self, commit: &str, head: Option<&str>) -> Result<bool> {
        let spec = format!("{commit}:refs/heads/{}", self.place.branch);
        let Err(error) = self
            .git
            .run(&["push", "--quiet", "--", &self.url, &spec], None)
        else {
            return Ok(true);
        };
        let now = self.head()?;
        if now.as_deref() == Some(commit) {
            // It arrived; only the answer did not.
            return Ok(true);
        }
        if now.as_deref() != head {
            return Ok(false);
        }
        Err(error
            .help(format!(
                "see whether you may push: `git push --dry-run {} HEAD:refs/heads/{}`",
                self.url, self.place.branch
            ))
            .state("the branch is as it was; the same command tries again"))
    }

    fn message(&self, target: &Target) -> String {
        let message = self.place.message.replace("{name}", &target.title);
        message.replace("{date}", &target.today)
    }
}

/// A path of this machine as seen from the newsletter's folder; addresses stay.
fn whole(repository: &str, newsletter: &Path) -> String {
    let before_slash = repository.split('/').next().unwrap_or_default();
    if before_slash.contains(':') {
        return repository.to_owned();
    }
    let path = std::path::absolute(newsletter.join(repository));
    path.map_or_else(
        |_| repository.to_owned(),
        |path| path.to_string_lossy().into_owned(),
    )
}

/// On machines that only build nobody may have said who commits: then it is the newsletter.
fn name_somebody(git: Git, title: &str) -> Git {
    if git.run(&["var", "GIT_COMMITTER_IDENT"], None).is_ok() {
        return git;
    }
    let plain = |sign: char| sign.is_control() || matches!(sign, '<' | '>');
    let name = title.replace(plain, " ");
    git.with_setting("user.name", &name)
        .with_setting("user.email", "press@localhost")
}

/// The difference, and the files whose content is not what the list says, for somebody else changed them.
fn standing(branch: &Branch<'_>, there: &There, site: &Site) -> Result<Standing> {
    let mut standing = Standing::of(site, there.manifest.as_ref());
    let Some(head) = &there.head else {
        return Ok(standing);
    };
    let prefix = &branch.place.prefix;
    let listed = branch
        .git
        .run(&["ls-tree", "-r", "-z", "--name-only", head], None)?;
    let there: BTreeSet<&str> = listed
        .split('\0')
        .filter_map(|path| path.strip_prefix(prefix.as_str()))
        .collect();
    // What somebody deleted comes again, and is not deleted twice.
    standing
        .deleted
        .retain(|path| there.contains(path.as_str()));
    let differs: BTreeSet<&String> = standing.added.iter().chain(&standing.changed).collect();
    let lost: Vec<String> = site
        .files
        .iter()
        .map(|file| &file.path)
        .filter(|path| !there.contains(path.as_str()) && !differs.contains(path))
        .cloned()
        .collect();
    standing.unchanged -= lost.len();
    standing.added.extend(lost);
    Ok(standing)
}

pub(super) fn look(target: &Target, place: &GitPlace, site: &Site) -> Result<Standing> {
    let branch = Branch::open(target, place)?;
    let there = branch.fetch()?;
    standing(&branch, &there, site)
}

pub(super) fn probe(target: &Target, place: &GitPlace) -> Result<String> {
    let branch = Branch::open(target, place)?;
    let (url, name) = (&branch.url, &place.branch);
    let Some(head) = branch.head()? else {
        return Ok(format!("{url} answers; the branch {name} is not there yet"));
    };
    let there = branch.fetch()?.head.unwrap_or(head);
    let spec = format!("{there}:refs/heads/{name}");
    let arguments = ["push", "--quiet", "--dry-run", "--", url, &spec];
    branch.git.run(&arguments, None)?;
    Ok(format!("{url} lets us push to {name}"))
}

pub(super) fn put(target: &Target, place: &GitPlace, site: &Site, tell: &Tell<'_>) -> Result<Put> {
    let branch = Branch::open(target, place)?;
    for _ in 0..TRIES {
        tell(Told::Step("fetching the branch"));
        let there = branch.fetch()?;
        let standing = standing(&branch, &there, site)?;
        let out = standing.added.iter().chain(&standing.changed);
        let mut put = Put {
            uploaded: standing.added.len() + standing.changed.len(),
            deleted: standing.deleted.len(),
            unchanged: standing.unchanged,
            bytes: out
                .filter_map(|path| site.find(path))
                .map(|file| file.size)
                .sum(),
            revision: there.head.clone().unwrap_or_default(),
        };
        if standing.is_done() && there.manifest.is_some() {
            return Ok(put);
        }
        tell(Told::Step("making the commit"));
        let tree = branch.tree(&there, site, &standing)?;
        let commit = branch.commit(&tree, there.head.as_deref(), &branch.message(target))?;
        tell(Told::Step("pushing it"));
        if branch.push(&commit, there.head.as_deref())? {
            tell(Told::Files {
                done: put.uploaded,
                total: put.uploaded,
            });
            put.revision = commit;
            return Ok(put);
        }
    }
    let error = Error::new(format!("others pushed to {} again and again", place.branch));
    Err(error
        .help("run the same command again when they are done")
        .state("the branch is as they left it"))
}
