//! What is measured. Each job is done by both sides in a locking system of its own, and what it left there is checked.

mod house;
mod keys;
mod log;
mod persons;

use anyhow::Result;

use crate::{Functions, Row, Scale};

/// What a job works with.
pub struct Bench {
    /// Our side.
    pub functions: Functions,
    /// How much of everything.
    pub scale: Scale,
}

/// A group of jobs that are measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Group {
    /// Persons and users: import, sync, push, save.
    Persons,
    /// Keys: link, rights, phone key, block.
    Keys,
    /// The access log: pull, pages, CSV.
    Log,
}

/// Does the jobs of `groups`, and tells each one's figures as soon as they are there.
///
/// # Errors
/// When a side fails, or has not done what it should.
pub async fn all(
    bench: &Bench,
    groups: &[Group],
    mut tell: impl FnMut(&Row) -> Result<()>,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut done = |new: Vec<Row>| {
        new.iter().try_for_each(&mut tell)?;
        rows.extend(new);
        anyhow::Ok(())
    };
    if groups.contains(&Group::Persons) {
        done(persons::import(bench).await?)?;
        done(vec![persons::push(bench).await?])?;
        done(vec![persons::save(bench).await?])?;
    }
    if groups.contains(&Group::Keys) {
        done(vec![keys::link(bench).await?])?;
        done(vec![keys::change_rights(bench).await?])?;
        done(vec![keys::send_mobile_key(bench).await?])?;
        done(vec![keys::block(bench).await?])?;
    }
    if groups.contains(&Group::Log) {
        done(log::all(bench).await?)?;
    }
    Ok(rows)
}
