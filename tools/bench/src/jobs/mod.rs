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

/// Does all jobs, and tells each one's figures as soon as they are there.
///
/// # Errors
/// When a side fails, or has not done what it should.
pub async fn all(bench: &Bench, mut tell: impl FnMut(&Row) -> Result<()>) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut done = |new: Vec<Row>| {
        new.iter().try_for_each(&mut tell)?;
        rows.extend(new);
        anyhow::Ok(())
    };
    done(persons::import(bench).await?)?;
    done(vec![persons::push(bench).await?])?;
    done(vec![persons::save(bench).await?])?;
    done(vec![keys::link(bench).await?])?;
    done(vec![keys::change_rights(bench).await?])?;
    done(vec![keys::send_mobile_key(bench).await?])?;
    done(vec![keys::block(bench).await?])?;
    done(log::all(bench).await?)?;
    Ok(rows)
}
