//! A folder that gets a file for each post: for rehearsals, and for those who post by hand.

use super::{Found, Post, Posted, differs};
use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

fn path(folder: &Path, post: &Post) -> PathBuf {
    let plain = |sign: char| match sign {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => sign,
        _ => '-',
    };
    let name: String = post.key.chars().map(plain).collect();
    folder.join(format!("{name}.txt"))
}

pub(super) fn find(folder: &Path, post: &Post) -> Result<Found> {
    let path = path(folder, post);
    Ok(match path.is_file() {
        true => Found::There(posted(&path)),
        false => Found::NotThere,
    })
}

pub(super) fn send(folder: &Path, post: &Post) -> Result<Posted> {
    std::fs::create_dir_all(folder)
        .map_err(|cause| Error::io("make the folder", folder, &cause))?;
    let path = path(folder, post);
    crate::newsletter::write(&path, format!("{}\n", post.text))?;
    Ok(posted(&path))
}

pub(super) fn read_back(folder: &Path, post: &Post) -> Result<Vec<String>> {
    let path = path(folder, post);
    let there = std::fs::read_to_string(&path);
    let there = there.map_err(|cause| Error::io("read", &path, &cause))?;
    Ok(differs("the text", &there, &post.text)
        .into_iter()
        .collect())
}

fn posted(path: &Path) -> Posted {
    let name = path.file_name().unwrap_or_default();
    Posted {
        address: String::new(),
        id: name.to_string_lossy().into_owned(),
    }
}
