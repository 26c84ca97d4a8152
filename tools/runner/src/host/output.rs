//! What guests write to stdout and stderr goes to the log, line by line.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::{
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamResult},
};

use crate::options::LogSink;

/// Longer lines are cut into pieces.
const LONGEST: usize = 64 * 1024;

#[derive(Clone)]
pub(super) struct Output(Arc<Lines>);

struct Lines {
    component: String,
    sink: LogSink,
    open: Mutex<Vec<u8>>,
}

impl Output {
    pub(super) fn new(component: &str, sink: &LogSink) -> Self {
        Self(Arc::new(Lines { component: component.to_owned(), sink: sink.clone(), open: Mutex::default() }))
    }
}

impl Lines {
    fn take(&self, bytes: &[u8]) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for &byte in bytes {
            if byte != b'\n' {
                open.push(byte);
            }
            if byte == b'\n' || open.len() >= LONGEST {
                self.sink.line(&self.component, &String::from_utf8_lossy(&open));
                open.clear();
            }
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let open = self.open.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !open.is_empty() {
            self.sink.line(&self.component, &String::from_utf8_lossy(open));
        }
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    // Written at once: the usual adapter's task would lose the last lines of a guest that is killed.
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}

impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.0.take(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(LONGEST)
    }
}

impl AsyncWrite for Output {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.take(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
