//! Bodies, to and from the host.

use wasi::io::streams::{InputStream, OutputStream, StreamError};

use crate::wait;

/// What is read at once.
const CHUNK: u64 = 64 * 1024;

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// It is larger than allowed.
    TooLarge,
    /// It broke off.
    Broken,
}

/// Reads to the end, up to `most` bytes. `length` is what the sender announced.
pub(crate) async fn read_all(
    stream: &InputStream,
    length: Option<usize>,
    most: usize,
) -> Result<Vec<u8>, ReadError> {
    if length.is_some_and(|length| length > most) {
        return Err(ReadError::TooLarge);
    }
    let mut all = Vec::with_capacity(length.unwrap_or(0));
    loop {
        match stream.read(CHUNK) {
            Ok(chunk) if chunk.is_empty() => wait::ready(stream.subscribe()).await,
            Ok(chunk) if all.len() + chunk.len() > most => return Err(ReadError::TooLarge),
            Ok(chunk) => {
                if all.capacity() - all.len() < chunk.len() {
                    // By a quarter, not by doubling: the old and the new block must fit into memory side by side.
                    all.reserve_exact(chunk.len().max(all.len() / 4));
                }
                all.extend_from_slice(&chunk);
            }
            Err(StreamError::Closed) => return Ok(all),
            Err(StreamError::LastOperationFailed(_)) => return Err(ReadError::Broken),
        }
    }
}

/// Writes all of it, and waits until the host has taken it. Stops at the first error, which is `false`: the other
/// side may have gone, or answered early.
pub(crate) async fn write_all(stream: &OutputStream, mut rest: &[u8]) -> bool {
    let mut flushed = false;
    loop {
        match stream.check_write() {
            Ok(0) => wait::ready(stream.subscribe()).await,
            Ok(_) if flushed => return true,
            Ok(_) if rest.is_empty() => {
                if stream.flush().is_err() {
                    return false;
                }
                flushed = true;
            }
            Ok(room) => {
                let (now, later) = rest.split_at(rest.len().min(usize::try_from(room).unwrap_or(usize::MAX)));
                if stream.write(now).is_err() {
                    return false;
                }
                rest = later;
            }
            Err(_) => return false,
        }
    }
}
