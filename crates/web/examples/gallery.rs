//! Writes every page with sample values, and the assets beside them, into a folder: what designers look
//! at and what the accessibility check reads. Serve it with `python3 -m http.server --bind 127.0.0.1`.

use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("usage: gallery <folder>")?;
    for asset in web::assets::all() {
        write(&folder, asset.path.trim_start_matches('/'), asset.bytes)?;
    }
    for file in web::samples::gallery::face().contents() {
        write(&folder, file.path.trim_start_matches('/'), &file.bytes)?;
    }
    let mut index = String::from("<!doctype html><title>Gallery</title><ul>");
    for (name, page) in web::samples::gallery::pictures() {
        write(&folder, &format!("{name}.html"), page?.as_bytes())?;
        index = index + "<li><a href=\"" + &name + ".html\">" + &name + "</a>";
    }
    write(&folder, "index.html", index.as_bytes())
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    Ok(std::fs::write(path, bytes)?)
}
